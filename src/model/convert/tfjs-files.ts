import { dirname } from 'node:path';
import { z } from 'zod';
import { HeatboxError } from '../../error.ts';
import { readInside, readRegular } from '../files/inside.ts';
import { parseJson } from '../files/parse-json.ts';
import { weightsManifestSchema } from './read-weights.ts';

/** The largest networks' layers take some megabytes. */
export const MOST_JSON = 16 * 1024 * 1024;

export interface TfjsFiles {
  readonly format: 'tfjs-layers' | 'tfjs-graph';
  /** `model.json` and then its weight files: what a hash of the network is made of. */
  readonly bytes: Uint8Array;
  /** Names of the weight files, beside `model.json`. */
  readonly weights: readonly string[];
}

const schema = z.object({
  format: z.string().optional(),
  modelTopology: z.looseObject({}),
  weightsManifest: weightsManifestSchema,
});

/**
 * Reads a TensorFlow.js model's files without looking into the network.
 *
 * @throws HeatboxError `MODEL_DAMAGED` where it is no such model or a file is missing.
 */
export async function readTfjsFiles(modelJson: string): Promise<TfjsFiles> {
  const damaged = (reason: string, cause: unknown) =>
    new HeatboxError('MODEL_DAMAGED', `${modelJson} ${reason}`, {
      hint: 'Give the model.json that the TensorFlow.js converter wrote, with its weight files beside it.',
      value: modelJson,
      cause,
      kind: 'usage',
    });
  const text = await readRegular(modelJson, MOST_JSON).catch((cause: unknown) => {
    throw cause instanceof HeatboxError ? cause : damaged('cannot be read', cause);
  });
  let json: z.infer<typeof schema>;
  try {
    json = schema.parse(parseJson(text.toString('utf8')));
  } catch (cause) {
    throw damaged('is not a TensorFlow.js model', cause);
  }
  const weights = json.weightsManifest.flatMap(({ paths }) => paths);
  const shards: Buffer[] = [];
  for (const name of weights) {
    const shard = await readInside(dirname(modelJson), name).catch((cause: unknown) => {
      throw cause instanceof HeatboxError ? cause : damaged(`names ${name}, which cannot be read`, cause);
    });
    shards.push(shard);
  }
  const graph = json.format === 'graph-model' || 'node' in json.modelTopology;
  return { format: graph ? 'tfjs-graph' : 'tfjs-layers', bytes: Buffer.concat([text, ...shards]), weights };
}
