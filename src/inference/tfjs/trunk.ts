import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { layers as Layers, LayersModel } from '@tensorflow/tfjs-layers';
import type { TfjsHead, TfjsNetwork } from '../../model/index.ts';
import type { Tfjs } from './load-tfjs.ts';
import { readArtifacts } from './read-artifacts.ts';

/** A network up to its pooling. */
export interface Trunk {
  /**
   * @param image - `[N, height, width, 3]`, prepared.
   * @returns what the network pools, `[N, rows, cols, channels]`, and its own output; both are the caller's to dispose.
   */
  run(image: Tensor4D): { features: Tensor4D; output: Tensor };
  dispose(): void;
}

/** Loads a layers or graph model. @throws whatever TensorFlow.js throws where it does not know the model. */
export async function openTrunk(tfjs: Tfjs, network: TfjsNetwork, head: TfjsHead): Promise<Trunk> {
  const artifacts = await readArtifacts(network, !head.fixed);
  if (network.format === 'tfjs-graph') return graphTrunk(await tfjs.converter.loadGraphModel(artifacts), head);
  return layersTrunk(await tfjs.layers.loadLayersModel(artifacts), tfjs);
}

function graphTrunk(model: GraphModel, { features }: TfjsHead): Trunk {
  const [output] = model.outputNodes as [string];
  return {
    run(image) {
      const [maps, own] = model.execute(image, [features!, output]) as [Tensor4D, Tensor];
      return { features: maps, output: own };
    },
    dispose: () => model.dispose(),
  };
}

/**
 * The input of the last pooling that runs is taken: every other one, as in squeeze-and-excitation, comes before it,
 * wherever in nested models the two are.
 */
function layersTrunk(model: LayersModel, { core }: Tfjs): Trunk {
  let seen: Tensor | undefined;
  for (const pooling of poolingsOf(model)) {
    const call = pooling.call.bind(pooling);
    pooling.call = (inputs, kwargs) => {
      const input = Array.isArray(inputs) ? inputs[0]! : inputs;
      seen?.dispose();
      // The network disposes its own.
      seen = core.keep(core.clone(input));
      return call(inputs, kwargs);
    };
  }
  return {
    run(image) {
      const output = model.apply(image, { training: false }) as Tensor;
      const features = seen as Tensor4D;
      seen = undefined;
      return { features, output };
    },
    dispose() {
      const weights = model.weights.map((weight) => weight.read());
      model.dispose();
      // A model that is used inside of another keeps its own.
      for (const weight of weights) if (!weight.isDisposed) weight.dispose();
    },
  };
}

function poolingsOf(model: { readonly layers: Layers.Layer[] }): Layers.Layer[] {
  return model.layers.flatMap((layer) => {
    if (layer.getClassName() === 'GlobalAveragePooling2D') return [layer];
    return 'layers' in layer ? poolingsOf(layer as unknown as LayersModel) : [];
  });
}
