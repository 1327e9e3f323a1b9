import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localiseMaps } from '../../src/cam/localise-maps.ts';
import { refinedMap } from '../../src/cam/refined-map.ts';
import type { NetworkOptions } from '../../src/inference/engine.ts';
import type { RefineOptions } from '../../src/inference/sessions/features.ts';
import { openOnnxSession } from '../../src/inference/sessions/onnx-session.ts';
import type { Session } from '../../src/inference/sessions/session.ts';
import { dataType, float32Tensor, type OnnxValueInfo, onnxNode, writeOnnx } from '../../src/model/onnx/index.ts';
import type { ClassMaps, ModelInput } from '../../src/types.ts';
import { seeded } from '../model/random-weights.ts';
import { expectClose } from './contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'heatbox-refine-'));
const size = { width: 48, height: 32 };
const options: NetworkOptions = {
  onnxPath: join(folder, 'network.onnx'),
  multipleOf: 16,
  size,
  names: { input: 'image', maps: 'maps', logits: 'logits' },
  threads: 1,
};
const pictures = [1, 2, 3].map(noise);

afterAll(() => rmSync(folder, { recursive: true }));

describe('a session that gives what maps are refined with', () => {
  let plain: ClassMaps[];
  let seen: ClassMaps[];
  let session: Session;

  beforeAll(async () => {
    writeFileSync(options.onnxPath, network());
    plain = await runOnce(undefined, pictures);
    session = await openOnnxSession({ ...options, refine: { dilate: false } });
    seen = (await session.run(pictures)).map(withWeights);
  });
  afterAll(() => session.release());

  const withWeights = (maps: ClassMaps): ClassMaps => ({
    ...maps,
    features: { ...maps.features!, weights: session.variant!.weights! },
  });

  it('gives the logits and the grid of one that does not', () => {
    expect(session.plain).toBeUndefined();
    for (const [position, { classCount, rows, cols, logits }] of plain.entries()) {
      expect(seen[position]).toMatchObject({ classCount, rows, cols });
      expectClose(seen[position]!.logits, logits, 1e-5);
    }
  });

  it('gives no maps, but the activations that they are weighted sums of, and the weights', () => {
    for (const [position, { maps, features }] of seen.entries()) {
      expect(maps).toBeUndefined();
      const { last, weights } = features!;
      const cells = last.rows * last.cols;
      for (const [place, value] of plain[position]!.maps!.entries()) {
        const [classIndex, cell] = [Math.floor(place / cells), place % cells];
        const row = weights!.data.subarray(classIndex * last.channels, (classIndex + 1) * last.channels);
        expect(row.reduce((sum, weight, channel) => sum + weight * last.data[channel * cells + cell]!, 0)).toBeCloseTo(
          value,
          4,
        );
      }
    }
  });

  it('gives each picture what it gives it alone', async () => {
    for (const [position, picture] of pictures.entries()) {
      const [alone] = await session.run([picture]);
      for (const [stage, { data }] of alone!.features!.affinities.entries()) {
        const together = seen[position]!.features!.affinities[stage]!;
        for (const [place, value] of data.entries()) expect(together.data[place]).toBeCloseTo(value, 3);
      }
    }
  });

  it('lets any class have a map on the grid of the finest stage, from 0 to 1', () => {
    for (const classIndex of [0, 1, 2]) {
      const { rows, cols, data } = refinedMap(seen[0]!, [{ classIndex, score: 1 }]);
      expect([rows, cols, data.length]).toEqual([8, 12, 8 * 12]);
      expect([Math.min(...data), Math.max(...data)]).toEqual([0, 1]);
    }
  });

  it('has its maps become the boxes', () => {
    const cut = { display: size, grid: size, topK: 1, minScore: 0, threshold: 0.5 };
    const [found] = localiseMaps(seen[0]!, cut);
    expect(found!.map).toEqual(refinedMap(seen[0]!, [{ classIndex: found!.classIndex, score: 1 }]));
    expect(localiseMaps(plain[0]!, cut)[0]!.map.rows).toBe(2);
  });
});

it('says when a network has no stages to refine with, and gives its plain maps', async () => {
  const onnxPath = join(folder, 'flat.onnx');
  writeFileSync(onnxPath, flatNetwork());
  const session = await openOnnxSession({ ...options, onnxPath, refine: { dilate: false } });
  try {
    const [maps] = await session.run([pictures[0]!]);
    expect([session.plain, maps!.features]).toEqual([true, undefined]);
  } finally {
    await session.release();
  }
});

async function runOnce(refine: RefineOptions | undefined, inputs: ModelInput[]): Promise<ClassMaps[]> {
  const session = await openOnnxSession({ ...options, ...(refine && { refine }) });
  try {
    return await session.run(inputs);
  } finally {
    await session.release();
  }
}

/** Stages at strides 4, 8 and 16, each one convolution and ReLU; three classes. */
function network(): Uint8Array {
  const random = seeded(5);
  const kernel = (name: string, dims: number[]) => {
    const count = dims.reduce((a, b) => a * b);
    return float32Tensor(
      name,
      dims,
      Float32Array.from({ length: count }, () => random() - 0.45),
    );
  };
  const strided = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
  return head(
    [kernel('k1', [4, 3, 3, 3]), kernel('k2', [6, 4, 3, 3]), kernel('k3', [8, 6, 3, 3]), kernel('k4', [3, 8, 1, 1])],
    [
      onnxNode('Conv', ['planes', 'k1'], ['c1'], { ...strided, strides: [4, 4] }),
      onnxNode('Relu', ['c1'], ['r1']),
      onnxNode('Conv', ['r1', 'k2'], ['c2'], strided),
      onnxNode('Relu', ['c2'], ['r2']),
      onnxNode('Conv', ['r2', 'k3'], ['c3'], strided),
      onnxNode('Relu', ['c3'], ['r3']),
      onnxNode('Conv', ['r3', 'k4'], ['maps'], { kernel_shape: [1, 1] }),
    ],
  );
}

function flatNetwork(): Uint8Array {
  return head(
    [float32Tensor('k', [2, 3, 1, 1], [1, 0, 0, 0, 1, 0])],
    [
      onnxNode('AveragePool', ['planes'], ['cells'], { kernel_shape: [8, 8], strides: [8, 8] }),
      onnxNode('Conv', ['cells', 'k'], ['maps'], { kernel_shape: [1, 1] }),
    ],
  );
}

/** Bytes to `planes` in front, `logits` from `maps` behind. */
function head(weights: ReturnType<typeof float32Tensor>[], trunk: ReturnType<typeof onnxNode>[]): Uint8Array {
  return writeOnnx({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      input: [value('image', dataType.uint8, ['N', 'H', 'W', 3])],
      output: [value('maps', dataType.float32, ['N', 'C', 'h', 'w']), value('logits', dataType.float32, ['N', 'C'])],
      initializer: [float32Tensor('scale', [], [1 / 255]), ...weights],
      node: [
        onnxNode('Cast', ['image'], ['float'], { to: dataType.float32 }),
        onnxNode('Mul', ['float', 'scale'], ['unit']),
        onnxNode('Transpose', ['unit'], ['planes'], { perm: [0, 3, 1, 2] }),
        ...trunk,
        onnxNode('GlobalAveragePool', ['maps'], ['mean']),
        onnxNode('Flatten', ['mean'], ['logits'], { axis: 1 }),
      ],
    },
  });
}

function value(name: string, elemType: number, dims: readonly (number | string)[]): OnnxValueInfo {
  const dim = dims.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function noise(seed: number): ModelInput {
  const random = seeded(seed);
  return { ...size, data: Uint8Array.from({ length: size.width * size.height * 3 }, () => random() * 256) };
}
