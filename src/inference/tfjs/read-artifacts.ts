import { basename, dirname } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import { readInside, type TfjsNetwork } from '../../model/index.ts';

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
  const folder = dirname(modelJson);
  const json: ModelJson = JSON.parse(String(await readInside(folder, basename(modelJson))));
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const shards: Buffer[] = [];
  for (const path of paths) shards.push(await readInside(folder, path));
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
  const { batch_input_shape: shape, op, attr } = part as Part;
  if (shape?.length === 4) {
    shape[0] = null;
    if (free) shape.fill(null, 1, 3);
  }
  if (op === 'Placeholder') {
    for (const [axis, dim] of (attr?.shape?.shape?.dim ?? []).entries())
      if (axis === 0 || (free && axis < 3)) dim.size = -1;
  }
  skipTraining(part);
  for (const value of Object.values(part)) freeInput(value, free);
}

/** Layers that vary pictures in training do nothing afterwards; TensorFlow.js does not know them. */
function skipTraining(part: Part): void {
  if (!/^Random(Flip|Rotation|Zoom|Translation|Contrast|Brightness)$/.test(part.class_name ?? '')) return;
  const { name, batch_input_shape } = part.config ?? {};
  part.class_name = 'Dropout';
  part.config = { name, rate: 0, ...(batch_input_shape && { batch_input_shape }) };
}

/** What is looked at of a part of `model.json`, whatever it is. */
interface Part {
  readonly batch_input_shape?: unknown[];
  readonly op?: string;
  readonly attr?: { readonly shape?: { readonly shape?: { readonly dim?: { size: unknown }[] } } };
  class_name?: string;
  config?: { readonly name?: string; readonly batch_input_shape?: unknown[] | undefined; readonly rate?: number };
}
