import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import type { TfjsNetwork } from '../../model/index.ts';

interface ModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { paths: string[]; weights: io.WeightsManifestEntry[] }[];
}

/**
 * Reads a model's files for TensorFlow.js, whose own reader of files comes with its native packages only.
 *
 * @param free - makes batch, height and width of the input free.
 */
export async function readArtifacts({ modelJson, format }: TfjsNetwork, free: boolean): Promise<io.IOHandler> {
  const json: ModelJson = JSON.parse(await readFile(modelJson, 'utf8'));
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((path) => readFile(join(dirname(modelJson), path))));
  const data = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0));
  let offset = 0;
  for (const shard of shards) {
    data.set(shard, offset);
    offset += shard.length;
  }
  freeInput(json.modelTopology, free);
  const artifacts: io.ModelArtifacts = {
    ...json,
    format: format === 'tfjs-layers' ? 'layers-model' : 'graph-model',
    weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
    weightData: data.buffer,
  };
  return { load: async () => artifacts };
}

/** Wherever it stands: in layers `batch_input_shape`, in graphs the shape of a `Placeholder`. */
function freeInput(part: unknown, free: boolean): void {
  if (typeof part !== 'object' || part === null) return;
  const { batch_input_shape: shape, op, attr } = part as { batch_input_shape?: unknown; op?: string; attr?: Attr };
  if (Array.isArray(shape)) free4(shape, free, null);
  if (op === 'Placeholder') {
    for (const [axis, dim] of (attr?.shape?.shape?.dim ?? []).entries())
      if (axis === 0 || (free && axis < 3)) dim.size = -1;
  }
  for (const value of Object.values(part)) freeInput(value, free);
}

interface Attr {
  readonly shape?: { readonly shape?: { readonly dim?: { size: unknown }[] } };
}

function free4(shape: unknown[], free: boolean, any: null): void {
  if (shape.length !== 4) return;
  shape[0] = any;
  if (free) shape.fill(any, 1, 3);
}
