import { dirname } from 'node:path';
import { z } from 'zod';
import { HeatboxError } from '../../error.ts';
import type { Size } from '../../types.ts';
import { readRegular } from '../files/inside.ts';
import { parseJson } from '../files/parse-json.ts';
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
  const named = byOwner(weights);
  return { ...network, layers: layers.map((layer) => ({ ...layer, weights: weightsOf(layer, named) })) };
}

/** Weights by the layers whose they are, or may be. */
interface Owned {
  readonly plain: ReadonlyMap<string, Record<string, Weight>>;
  readonly within: ReadonlyMap<string, Record<string, Weight>>;
}

/** Parts of a weight's name that are looked at. */
const MOST_PARTS = 16;

/** Sorted once: a network may have thousands of layers and of weights. */
function byOwner(weights: ReadonlyMap<string, Weight>): Owned {
  const plain = new Map<string, Record<string, Weight>>();
  const within = new Map<string, Record<string, Weight>>();
  const put = (owners: typeof plain, owner: string, name: string, weight: Weight) => {
    const known = owners.get(owner);
    if (known === undefined) owners.set(owner, { [name]: weight });
    else known[name] = weight;
  };
  for (const [key, weight] of weights) {
    const parts = key.split('/');
    const name = parts.pop()!;
    put(plain, parts.join('/'), name, weight);
    for (let start = 0; start < parts.length && start < MOST_PARTS; start++)
      for (let end = start + 1; end <= parts.length && end <= MOST_PARTS; end++)
        put(within, parts.slice(start, end).join('/'), name, weight);
  }
  return { plain, within };
}

/** `layer/kernel` is the layer's; else `model/layer/kernel` and `layer/cell/kernel`, as some versions of Keras write. */
function weightsOf({ ownName }: FlatLayer, { plain, within }: Owned): Layer['weights'] {
  return plain.get(ownName) ?? within.get(ownName) ?? {};
}

const modelSchema = z.object({
  modelTopology: z.union([z.object({ model_config: topologySchema }), topologySchema]),
  weightsManifest: weightsManifestSchema,
});

async function readJson(path: string): Promise<z.infer<typeof modelSchema>> {
  try {
    return modelSchema.parse(parseJson((await readRegular(path, MOST_JSON)).toString('utf8')));
  } catch (cause) {
    throw new HeatboxError('MODEL_DAMAGED', `${path} is not a TensorFlow.js layers model`, {
      hint: 'Give the model.json that the TensorFlow.js converter wrote for a Keras model.',
      value: path,
      cause,
      kind: 'usage',
    });
  }
}
