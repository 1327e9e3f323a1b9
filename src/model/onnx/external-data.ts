import { open, readFile } from 'node:fs/promises';
import { basename, dirname, join, normalize, sep } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { readOnnx, writeOnnx } from './file.ts';
import type { OnnxGraph, OnnxTensor } from './types.ts';

/**
 * Reads an ONNX file whole: weights that it keeps in files beside it, as PyTorch's exporter does, are taken in.
 *
 * @throws HeatboxError `MODEL_NOT_FOUND` when it cannot be read, `MODEL_DAMAGED` when it is no ONNX file or when one of
 * its weight files is missing, too short or not beside it.
 */
export async function readWholeOnnx(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new HeatboxError('MODEL_NOT_FOUND', `${path} cannot be read`, {
      hint: 'Give the path of an ONNX file.',
      value: path,
      cause,
      kind: 'usage',
    });
  });
  const model = readOnnx(bytes);
  const outside = tensorsOf(model.graph).filter((tensor) => tensor.dataLocation === 1);
  if (outside.length === 0) return bytes;
  for (const tensor of outside) {
    tensor.rawData = await externalData(tensor, path);
    delete tensor.dataLocation;
    delete tensor.externalData;
  }
  return writeOnnx(model);
}

/** All weights: initialisers, and constants in nodes and the graphs inside them. */
function tensorsOf(graph: OnnxGraph): OnnxTensor[] {
  const inNodes = graph.node.flatMap(({ attribute }) =>
    attribute.flatMap(({ t, g }) => [...(t ? [t] : []), ...(g ? tensorsOf(g) : [])]),
  );
  return [...graph.initializer, ...inNodes];
}

async function externalData(tensor: OnnxTensor, modelPath: string): Promise<Uint8Array> {
  const setting = (key: string) => tensor.externalData?.find((entry) => entry.key === key)?.value;
  const location = setting('location') ?? '';
  const inside = normalize(location);
  if (location === '' || inside.startsWith('..') || inside.startsWith(sep)) {
    throw damaged(modelPath, `it keeps weights in '${location}', which is not beside it`);
  }
  const path = join(dirname(modelPath), inside);
  const offset = Number(setting('offset') ?? 0);
  const file = await open(path).catch((cause: unknown) => {
    throw damaged(modelPath, `its weights in '${location}' are missing`, cause);
  });
  try {
    const { size } = await file.stat();
    const length = Number(setting('length') ?? size - offset);
    if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
      throw damaged(modelPath, `'${location}' has ${size} bytes, but weight ${tensor.name} ends at ${offset + length}`);
    }
    const data = Buffer.alloc(length);
    for (let at = 0; at < length; ) at += (await file.read(data, at, length - at, offset + at)).bytesRead;
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
