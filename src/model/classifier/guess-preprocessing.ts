import { dataType, type OnnxModel } from '../onnx/index.ts';
import { type Preprocessing, type PreprocessingName, preprocessings } from '../preprocessing.ts';
import { describeNode, indexGraph } from '../surgery/graph-index.ts';

export interface PreprocessingGuess {
  readonly name: PreprocessingName;
  readonly preprocessing: Preprocessing;
  /** What it was guessed from, as half a sentence. */
  readonly because: string;
}

/** Operators that leave the values of the picture as they are. */
const passing = [
  'Cast',
  'Transpose',
  'Identity',
  'Pad',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Resize',
  'Gather',
  'Concat',
];
const scaling = ['Sub', 'Add', 'Mul', 'Div', 'BatchNormalization'];

/**
 * How a network most likely wants its input. No ONNX file says it, so this goes by what the graph does first, who wrote
 * the file and what it is called; a user who knows says it with `--preprocess`.
 *
 * @param name - of the file.
 * @param classCount - of the network, if known.
 */
export function guessPreprocessing(model: OnnxModel, name: string, classCount?: number): PreprocessingGuess {
  const index = indexGraph(model.graph);
  const input = model.graph.input.find((candidate) => candidate.name === index.dataInputs[0]);
  if (input?.type?.tensorType?.elemType === dataType.uint8) return guess('raw', 'its input is bytes');
  let value = input?.name ?? '';
  for (;;) {
    const [reader] = index.readers(value);
    if (reader === undefined) break;
    if (scaling.includes(reader.opType)) return guess('raw', `it scales its input itself (${describeNode(reader)})`);
    if (!passing.includes(reader.opType)) break;
    value = reader.output[0]!;
  }
  const known = name.toLowerCase();
  const producer = (model.producerName ?? '').toLowerCase();
  if (classCount === 1001) return guess('tf', 'it has 1001 classes, as the networks of TensorFlow Slim');
  if (
    /mobilenet_?v[12]|edgetpu|inception_?v[34]|inception_?resnet|xception|nasnet/.test(known) &&
    !producer.includes('pytorch')
  )
    return guess('tf', `of its name '${name}'`);
  if (/caffe|vgg|resnet/.test(known) && /tf2onnx|keras/.test(producer))
    return guess('caffe', `'${name}' was exported from Keras`);
  if (/tf2onnx|keras|tensorflow/.test(producer)) return guess('tf', `it was written by ${model.producerName}`);
  if (/caffe/.test(producer) && !/caffe2/.test(producer))
    return guess('caffe', `it was written by ${model.producerName}`);
  if (producer.includes('pytorch')) return guess('imagenet', 'it was exported from PyTorch');
  return guess('imagenet', 'it is the most common convention');
}

function guess(name: PreprocessingName, because: string): PreprocessingGuess {
  return { name, preprocessing: preprocessings[name], because };
}
