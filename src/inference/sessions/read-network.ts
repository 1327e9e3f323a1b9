import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkBytes, checkHash } from '../../model/files/verify-file.ts';
import type { TaughtHead } from '../../model/index.ts';
import { type OnnxModel, readOnnx, referToWeights, writeOnnx } from '../../model/onnx/index.ts';
import { narrowWeights } from '../../model/quantise/narrow-weights.ts';
import { attachHead } from '../../model/teach/attach-head.ts';
import { readHead } from '../../model/teach/head.ts';
import type { NetworkOptions } from '../engine.ts';
import { type RefinableNetwork, type RefineOptions, readRefinable } from './features.ts';

/** What was made of a network's file before it is opened. */
export interface ReadNetwork {
  /** Of the file; some tensors of `model` are views of it. */
  readonly bytes: Uint8Array;
  readonly model: OnnxModel;
  /** An ONNX file to open instead of the network's own, beside which its weights lie. */
  readonly network: Uint8Array;
  /** Present if maps are to be refined and the architecture allows it: `network` then gives what that takes. */
  readonly variant?: RefinableNetwork;
}

export interface ReadNetworkOptions {
  /** What files must hash to, by their paths: sha256, lower-case hexadecimal. */
  readonly hashes?: Readonly<Record<string, string>>;
  /** The network's decoder of outlines. */
  readonly outlinePath?: string;
  readonly names: Pick<NetworkOptions['names'], 'maps' | 'logits'>;
  /** The head of classes that were taught on the network. */
  readonly head?: TaughtHead;
  /** Give what maps are refined with. */
  readonly refine?: RefineOptions;
  /** Narrow 8-bit weights for a CPU without dot products. */
  readonly narrow: boolean;
}

/**
 * Reads a network's file if it has to be changed before it is opened; otherwise only checks that it is whole.
 *
 * @returns Nothing if the file is to be opened as it is.
 * @throws HeatboxError `MODEL_DAMAGED` if the file has another hash than it should, or cannot be understood.
 */
export async function readNetwork(path: string, options: ReadNetworkOptions): Promise<ReadNetwork | undefined> {
  const { hashes = {}, outlinePath, names, head, refine, narrow } = options;
  const sha256 = hashes[path];
  if (refine === undefined && !narrow && head === undefined) {
    if (sha256 !== undefined) await checkHash(path, { sha256 });
    return undefined;
  }
  const bytes = await readChecked(path, sha256);
  const stored = readOnnx(bytes);
  const own = narrow ? narrowWeights(stored) : stored;
  const model = head
    ? attachHead(own, readHead(await readChecked(head.path, head.sha256), head.path), { ...names, ...head })
    : own;
  const file = { bytes, location: basename(path) };
  const decoder = refine && outlinePath ? readOnnx(await readChecked(outlinePath, hashes[outlinePath])) : undefined;
  const refinable = refine && readRefinable(model, file, names.maps, refine, decoder);
  if (refinable !== undefined) return { bytes, network: refinable.variant.network, ...refinable };
  if (model === stored) return undefined;
  return { bytes, model, network: writeOnnx(referToWeights(model, bytes, file.location)) };
}

async function readChecked(path: string, sha256: string | undefined): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (sha256 !== undefined) checkBytes(path, bytes, { sha256 });
  return bytes;
}
