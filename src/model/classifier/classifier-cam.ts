import { HeatboxError } from '../../error.ts';
import { convertLayersModel } from '../convert/convert-layers-model.ts';
import { readLayersModel } from '../convert/layers-model.ts';
import { dataType, writeOnnx } from '../onnx/index.ts';
import type { OpenOnnx } from '../run-onnx.ts';
import { measureSizes } from '../surgery/check.ts';
import { type Cam, makeCam } from '../surgery/index.ts';
import type { Classifier } from './classifier.ts';

/**
 * A classifier in heatbox's form: an ONNX file by surgery, a TensorFlow.js layers model by conversion.
 *
 * @throws HeatboxError as `makeCam` and `convertLayersModel` do; `MODEL_UNSUPPORTED` for a TensorFlow.js graph model.
 */
export async function classifierCam(classifier: Classifier, open: OpenOnnx): Promise<Cam> {
  const { preprocessing, layout, size, output } = classifier;
  switch (classifier.format) {
    case 'onnx':
      return makeCam(
        classifier.bytes,
        { preprocessing, ...(layout && { layout }), ...(size && { size }), ...(output && { output }) },
        open,
      );
    case 'tfjs-layers':
      return convertedCam(classifier, open);
    case 'tfjs-graph':
      throw new HeatboxError(
        'MODEL_UNSUPPORTED',
        `${classifier.path} is a graph model of TensorFlow.js, not of layers`,
        {
          value: classifier.path,
          hint: 'TensorFlow.js runs it as it is: heatbox models add. For onnxruntime, export the network to ONNX or to a layers model.',
          kind: 'usage',
        },
      );
  }
}

async function convertedCam({ path, preprocessing, size: given }: Classifier, open: OpenOnnx): Promise<Cam> {
  const layers = await readLayersModel(path);
  const { model, classCount, pooling, activation } = convertLayersModel(layers, preprocessing);
  const bytes = writeOnnx(model);
  const size = given ?? layers.size ?? { width: 224, height: 224 };
  const run = await open(bytes);
  try {
    const { stride, sizes } = await measureSizes(run, size);
    return {
      bytes,
      classCount,
      size,
      stride,
      multipleOf: sizes?.multipleOf ?? stride,
      fixed: { size: sizes === undefined, batch: false },
      input: {
        name: layers.layers[0]!.name,
        layout: 'NHWC',
        elemType: dataType.float32,
        batch: undefined,
        height: layers.size?.height,
        width: layers.size?.width,
      },
      pooling,
      activation,
      differences: [],
    };
  } finally {
    await run.close();
  }
}
