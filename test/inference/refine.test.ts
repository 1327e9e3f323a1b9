import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localise } from '../../src/cam/localise.ts';
import type { EngineOptions, RefineOptions } from '../../src/inference/engine.ts';
import { openOnnxSession } from '../../src/inference/onnx-session.ts';
import type { Session } from '../../src/inference/session.ts';
import { dataType, float32Tensor, type OnnxValueInfo, onnxNode, writeOnnx } from '../../src/model/onnx/index.ts';
import type { ClassMaps, ModelInput, RefinedMap } from '../../src/types.ts';
import { seeded } from '../model/random-weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'heatbox-refine-'));
const size = { width: 48, height: 32 };
const options: EngineOptions = {
  onnxPath: join(folder, 'network.onnx'),
  multipleOf: 8,
  size,
  names: { input: 'image', maps: 'maps', logits: 'logits' },
  threads: 1,
};
const choice = { topK: 2, minScore: 0 };
const pictures = [1, 2, 3].map(noise);

afterAll(() => rmSync(folder, { recursive: true }));

describe.each([false, true])('a session that refines maps, gradient: %o', (gradient) => {
  let plain: ClassMaps[];
  let refined: ClassMaps[];
  let session: Session;

  beforeAll(async () => {
    writeFileSync(options.onnxPath, network());
    plain = await runOnce(undefined, pictures);
    session = await openOnnxSession({ ...options, refine: { ...choice, gradient } });
    refined = await session.run(pictures);
  });
  afterAll(() => session.release());

  it('gives the same logits and maps as one that does not', () => {
    expect(session.lacks).toBeUndefined();
    expect(refined.map(({ refined: _, ...same }) => same)).toEqual(plain);
  });

  it('refines the best classes of each picture on the grid of the finest stage', () => {
    for (const { logits, refined: maps } of refined) {
      const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!);
      expect(maps!.map(({ classIndex }) => classIndex)).toEqual(order.slice(0, 2));
      for (const { map } of maps!) {
        expect([map.rows, map.cols, map.data.length]).toEqual([16, 24, 16 * 24]);
        expect([Math.min(...map.data), Math.max(...map.data)]).toEqual([0, 1]);
      }
    }
  });

  it('gives each picture what it gives it alone', async () => {
    for (const [position, picture] of pictures.entries()) {
      const [alone] = await session.run([picture]);
      for (const [rank, one] of alone!.refined!.entries()) expectAlike(one, refined[position]!.refined![rank]!);
    }
  });

  it('refines only classes that may be named and are probable enough', async () => {
    const [only] = await runOnce({ ...choice, gradient, classes: [2] }, [pictures[0]!]);
    expect(only!.refined!.map(({ classIndex }) => classIndex)).toEqual([2]);
    const [none] = await runOnce({ topK: 1, minScore: 1, gradient }, [pictures[0]!]);
    expect(none!.refined).toEqual([]);
  });

  it('refines the union of classes that a run asks for: of one class, its own map', async () => {
    const [first] = pictures as [ModelInput];
    const second = refined[0]!.refined![1]!;
    const [one] = await session.run([first], [[second.classIndex]]);
    expect(one!.refined).toHaveLength(1);
    expectAlike(one!.refined![0]!, second);
    const [union] = await session.run([first], [[0, 1, 2]]);
    expect(union!.refined!.map((one) => one.classIndex)).toEqual([refined[0]!.refined![0]!.classIndex]);
    expect(union!.refined![0]!.map.data).not.toEqual(refined[0]!.refined![0]!.map.data);
  });

  it('has its maps become the boxes', () => {
    const cut = { display: size, grid: size, ...choice, threshold: 0.5 };
    const [found] = localise(refined[0]!, cut);
    expect(found!.map).toBe(refined[0]!.refined![0]!.map);
    expect(localise(plain[0]!, cut)[0]!.map.rows).toBe(4);
  });
});

it('says when a network has no stages to refine with, and gives its plain maps', async () => {
  const onnxPath = join(folder, 'flat.onnx');
  writeFileSync(onnxPath, flatNetwork());
  const session = await openOnnxSession({ ...options, onnxPath, refine: { ...choice, gradient: true } });
  try {
    const [maps] = await session.run([pictures[0]!]);
    expect([session.lacks, maps!.refined]).toEqual(['stages', undefined]);
  } finally {
    await session.release();
  }
});

/** Up to the order of adding, which depends on the batch. */
function expectAlike(actual: RefinedMap, expected: RefinedMap): void {
  expect(actual.classIndex).toBe(expected.classIndex);
  for (const [cell, value] of expected.map.data.entries()) expect(actual.map.data[cell]).toBeCloseTo(value, 3);
}

async function runOnce(refine: RefineOptions | undefined, inputs: ModelInput[]): Promise<ClassMaps[]> {
  const session = await openOnnxSession({ ...options, ...(refine && { refine }) });
  try {
    return await session.run(inputs);
  } finally {
    await session.release();
  }
}

/** Stages at strides 2, 4 and 8, each one convolution and ReLU; three classes. */
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
      onnxNode('Conv', ['planes', 'k1'], ['c1'], strided),
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
