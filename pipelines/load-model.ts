import { wantsTfjs } from '../src/inference/providers/providers.ts';
import { openOnnx } from '../src/inference/sessions/open-onnx.ts';
import { type Model, loadModel as readModel } from '../src/model/index.ts';

/**
 * Reads a model: its labels and what its networks need. `openEngine` then loads the network itself.
 *
 * @param which A model's name, or its folder. Defaults to `resnet50-imagenet`, which ships with heatbox. A classifier as it
 *   was exported is converted once, which takes some seconds, and cached.
 * @param options.providers Where the network is to run, as for `openEngine`: a TensorFlow.js model stays one if they ask for
 *   TensorFlow.js.
 * @throws HeatboxError `MODEL_NOT_FOUND`, `MODEL_MANIFEST_INVALID`, `MODEL_DAMAGED`, `MODEL_UNREADABLE`, `ENGINE_PROVIDER`
 *
 * @example
 * const model = await loadModel();
 * console.log(model.labels.length); // 1000
 */
export function loadModel(
  which?: string,
  { providers }: { readonly providers?: readonly string[] } = {},
): Promise<Model> {
  return readModel(which, { open: openOnnx, tfjs: wantsTfjs(providers) });
}
