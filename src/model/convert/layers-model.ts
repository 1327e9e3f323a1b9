import { dirname } from 'node:path';
import { z } from 'zod';
import { HeatboxError } from '../../error.ts';
import type { Size } from '../../types.ts';
import { readRegular } from '../files/inside.ts';
import { type FlatLayer, flattenLayers, topologySchema } from './flatten-layers.ts';
import { readWeights, type Weight, weightsManifestSchema } from './read-weights.ts';
import { MOST_JSON } from './tfjs-files.ts';

/** A Keras network as TensorFlow.js stores it: layers that name their inputs, and their weights. */
export interface LayersModel {
  readonly name: string;
  /** In topological order, those of nested models in the place of the model. */
  readonly layers: readonly Layer[];
  /** Name of the layer whose output is the network's. */
  readonly output: string;
  /** The size it was made for, where it says one. */
  readonly size?: Size;
  /** The names of the network and of the models that were inside of it. */
  readonly models: readonly string[];
}

export interface Layer extends FlatLayer {
  /** By Keras' own names without the layer's, as `kernel`, `bias`, `moving_mean`. */
  readonly weights: Readonly<Record<string, Weight>>;
}

/**
 * Reads a TensorFlow.js layers model: `model.json` and the weight files it names beside it. Keras 2 and 3 write it.
 *
 * @throws HeatboxError `MODEL_DAMAGED` for files that are missing, cut or not of this format, `MODEL_UNSUPPORTED` for
 * networks with several inputs or outputs, or layers used several times.
 */
export async function readLayersModel(modelJson: string): Promise<LayersModel> {
  const { modelTopology, weightsManifest } = await readJson(modelJson);
  const { layers, ...network } = flattenLayers(
    'model_config' in modelTopology ? modelTopology.model_config : modelTopology,
  );
  const weights = await readWeights(weightsManifest, dirname(modelJson));
  return { ...network, layers: layers.map((layer) => ({ ...layer, weights: weightsOf(layer, weights) })) };
}

/** `layer/kernel` is the layer's; else `model/layer/kernel` and `layer/cell/kernel`, as some versions of Keras write. */
function weightsOf({ ownName }: FlatLayer, weights: ReadonlyMap<string, Weight>): Layer['weights'] {
  const pick = (isOwn: (key: string, name: string) => boolean) =>
    [...weights]
      .map(([key, weight]) => ({ key, name: key.split('/').at(-1)!, weight }))
      .filter(({ key, name }) => isOwn(key, name))
      .map(({ name, weight }) => [name, weight] as const);
  const plain = pick((key, name) => key === `${ownName}/${name}`);
  return Object.fromEntries(plain.length > 0 ? plain : pick((key) => `/${key}`.includes(`/${ownName}/`)));
}

const modelSchema = z.object({
  modelTopology: z.union([z.object({ model_config: topologySchema }), topologySchema]),
  weightsManifest: weightsManifestSchema,
});

async function readJson(path: string): Promise<z.infer<typeof modelSchema>> {
  try {
    return modelSchema.parse(JSON.parse((await readRegular(path, MOST_JSON)).toString('utf8')));
  } catch (cause) {
    throw new HeatboxError('MODEL_DAMAGED', `${path} is not a TensorFlow.js layers model`, {
      hint: 'Give the model.json that the TensorFlow.js converter wrote for a Keras model.',
      value: path,
      cause,
      kind: 'usage',
    });
  }
}
