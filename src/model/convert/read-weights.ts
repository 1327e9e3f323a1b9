import { join } from 'node:path';
import { z } from 'zod';
import { HeatboxError } from '../../error.ts';
import { readInside } from '../files/inside.ts';
import { float16Value } from '../onnx/float16.ts';
import { unsupported } from './unsupported.ts';

/** Row-major, in TensorFlow's order of axes (a convolution kernel is `[height, width, in, out]`). */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const quantizationSchema = z.object({
  dtype: z.enum(['uint8', 'uint16', 'float16']),
  scale: z.number().default(1),
  min: z.number().default(0),
});

const specSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.string(),
  quantization: quantizationSchema.optional(),
});

/** `weightsManifest` of a `model.json`: groups of files, and what lies in each group, one after the other. */
export const weightsManifestSchema = z
  .array(
    z.object({ paths: z.array(z.string().regex(/^[^/\\]+$/, 'must lie beside it')), weights: z.array(specSchema) }),
  )
  // A file named a thousand times would be read and kept a thousand times.
  .refine((groups) => {
    const paths = groups.flatMap((group) => group.paths);
    return new Set(paths).size === paths.length;
  }, 'must name each file once');

export type WeightsManifest = z.infer<typeof weightsManifestSchema>;
type Spec = z.infer<typeof specSchema>;

/** Bytes of a number as TensorFlow.js stores it. */
const widths: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/**
 * Reads the weights of a TensorFlow.js model, as float32 whatever they are stored as. Quantised ones are
 * `value · scale + min`.
 *
 * @param folder - where the files are.
 * @param wanted - which weights; all where absent.
 * @throws HeatboxError `MODEL_DAMAGED` for files that are missing or end early, `MODEL_UNSUPPORTED` for numbers of another kind.
 */
export async function readWeights(
  manifest: WeightsManifest,
  folder: string,
  wanted: (name: string) => boolean = () => true,
): Promise<Map<string, Weight>> {
  const weights = new Map<string, Weight>();
  for (const group of manifest) {
    const bytes = Buffer.concat(await readShards(folder, group.paths));
    let offset = 0;
    for (const spec of group.weights) {
      const stored = spec.quantization?.dtype ?? spec.dtype;
      const width = widths[stored];
      if (width === undefined) throw unsupported(`weight ${spec.name} is stored as ${stored}`, stored);
      const end = offset + spec.shape.reduce((product, size) => product * size, width);
      if (end > bytes.length) {
        throw new HeatboxError('MODEL_DAMAGED', `the weight files end before ${spec.name} (${bytes.length} bytes)`, {
          hint: 'Fetch the model again.',
          value: folder,
          kind: 'usage',
        });
      }
      if (wanted(spec.name))
        weights.set(spec.name, { shape: spec.shape, data: decode(spec, stored, bytes.subarray(offset, end)) });
      offset = end;
    }
  }
  return weights;
}

function decode({ quantization }: Spec, stored: string, bytes: Buffer): Float32Array {
  // A copy, since an array of numbers cannot begin at an odd offset of the file.
  const { buffer } = Uint8Array.from(bytes);
  switch (stored) {
    case 'float32':
      return new Float32Array(buffer);
    case 'int32':
      return Float32Array.from(new Int32Array(buffer));
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), float16Value);
    default: {
      const { scale, min } = quantization ?? { scale: 1, min: 0 };
      const levels = stored === 'uint16' ? new Uint16Array(buffer) : new Uint8Array(buffer);
      return Float32Array.from(levels, (level) => level * scale + min);
    }
  }
}

async function readShards(folder: string, names: readonly string[]): Promise<Buffer[]> {
  const shards: Buffer[] = [];
  for (const name of names) shards.push(await readShard(folder, name));
  return shards;
}

async function readShard(folder: string, name: string): Promise<Buffer> {
  return readInside(folder, name).catch((cause: unknown) => {
    if (cause instanceof HeatboxError) throw cause;
    const path = join(folder, name);
    throw new HeatboxError('MODEL_DAMAGED', `the weight file ${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'A model.json needs all its weight files beside it.',
      value: path,
      cause,
      kind: 'usage',
    });
  });
}
