import { open, stat } from 'node:fs/promises';
import { basename, dirname, normalize, sep } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { pathInside, readRegular } from '../files/inside.ts';
import { readOnnx, writeOnnx } from './file.ts';
import type { OnnxGraph, OnnxModel, OnnxTensor } from './types.ts';

/** Of protocol buffers, in which ONNX is written. */
const MOST_BYTES = 2 ** 31 - 1;

/** So many times weights may be the same bytes, as tied ones are. */
const SHARED = 4;

/**
 * Reads an ONNX file whole: weights that it keeps in files beside it, as PyTorch's exporter does, are taken in.
 *
 * @throws HeatboxError `MODEL_NOT_FOUND` when it cannot be read, `MODEL_DAMAGED` when it is no ONNX file or when one of
 * its weight files is missing, too short or not beside it.
 */
export async function readWholeOnnx(path: string): Promise<Uint8Array> {
  const bytes = await readAll(path);
  const model = parse(bytes, path);
  const outside = tensorsOf(model.graph).filter((tensor) => tensor.dataLocation === 1);
  if (outside.length === 0) return bytes;
  let total = bytes.length;
  const left = new Map<string, number>();
  for (const tensor of outside) {
    tensor.rawData = await externalData(tensor, path, MOST_BYTES - total, left);
    total += tensor.rawData.length;
    delete tensor.dataLocation;
    delete tensor.externalData;
  }
  return writeOnnx(model);
}

async function readAll(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw tooLarge(path, size);
    return await readRegular(path);
  } catch (cause) {
    if (cause instanceof HeatboxError) throw cause;
    throw new HeatboxError('MODEL_NOT_FOUND', `${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'Give the path of an ONNX file.',
      value: path,
      cause,
      kind: 'usage',
    });
  }
}

function parse(bytes: Uint8Array, path: string): OnnxModel {
  try {
    return readOnnx(bytes);
  } catch (cause) {
    // What was read but has too much in it.
    if (cause instanceof HeatboxError && cause.cause === undefined) throw cause;
    throw new HeatboxError('MODEL_DAMAGED', `${path} (${bytes.length} bytes) is not an ONNX file`, {
      hint: (cause as HeatboxError).hint!,
      value: path,
      cause,
      kind: 'usage',
    });
  }
}

function tooLarge(path: string, bytes: number): HeatboxError {
  const size = `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return new HeatboxError('MODEL_UNSUPPORTED', `${path} has ${size}; an ONNX network ends at 2 GiB`, {
    hint: 'Check that it is a network; export it with float16 weights if it is that large.',
    value: path,
    kind: 'usage',
  });
}

/** All weights: initialisers, and constants in nodes and the graphs inside them. */
function tensorsOf(graph: OnnxGraph): OnnxTensor[] {
  const inNodes = graph.node.flatMap(({ attribute }) =>
    attribute.flatMap(({ t, g }) => [...(t ? [t] : []), ...(g ? tensorsOf(g) : [])]),
  );
  return [...graph.initializer, ...inNodes];
}

/**
 * @param most - bytes that may still be taken in.
 * @param left - bytes that may still be taken out of each file.
 */
async function externalData(
  tensor: OnnxTensor,
  modelPath: string,
  most: number,
  left: Map<string, number>,
): Promise<Uint8Array> {
  const setting = (key: string) => tensor.externalData?.find((entry) => entry.key === key)?.value;
  const location = setting('location') ?? '';
  const inside = normalize(location);
  if (location === '' || inside.startsWith('..') || inside.startsWith(sep)) {
    throw damaged(modelPath, `it keeps weights in '${location}', which is not beside it`);
  }
  const folder = dirname(modelPath);
  const offset = Number(setting('offset') ?? 0);
  const missing = (cause: unknown) => {
    const why = cause instanceof HeatboxError ? `: ${cause.message}` : '';
    return damaged(modelPath, `its weights in '${location}' are missing${why}`, cause);
  };
  const path = await pathInside(folder, inside).catch((cause: unknown) => {
    throw missing(cause);
  });
  const found = await stat(path);
  const file = await open(path).catch((cause: unknown) => {
    throw missing(cause);
  });
  try {
    const { size } = found;
    const length = Number(setting('length') ?? size - offset);
    if (!(Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= size)) {
      throw damaged(modelPath, `'${location}' has ${size} bytes, but weight ${tensor.name} ends at ${offset + length}`);
    }
    if (length > most) throw tooLarge(path, size);
    const rest = (left.get(path) ?? SHARED * size) - length;
    if (rest < 0) throw damaged(modelPath, `its weights are the same bytes of '${location}' over and over`);
    left.set(path, rest);
    const data = Buffer.alloc(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(data, at, length - at, offset + at);
      if (bytesRead === 0) throw damaged(modelPath, `'${location}' was cut short while it was read`);
      at += bytesRead;
    }
    return data;
  } finally {
    await file.close();
  }
}

function damaged(path: string, reason: string, cause?: unknown): HeatboxError {
  return new HeatboxError('MODEL_DAMAGED', `${basename(path)} is not whole: ${reason}`, {
    hint: 'Keep the .onnx file and its data files together, as they were exported.',
    value: path,
    cause,
    kind: 'usage',
  });
}
