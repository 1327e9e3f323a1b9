import { expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { dataType, type OnnxModel, onnxNode, writeOnnx } from '../../../src/model/onnx/index.ts';
import { affinityGraph } from '../../../src/model/variants/affinity.ts';
import { affinityOf } from '../../cam/affinity-of.ts';
import { seeded } from '../random-weights.ts';

const seed = { rows: 2, cols: 3 };
const frames = 2;

it.each([11, 13, 17, 18])('computes the affinities of every pair of cells, in opset %i', async (version) => {
  const random = seeded(3);
  const stages = [
    { name: 'fine', channels: 5, rows: 4, cols: 6 },
    { name: 'odd', channels: 3, rows: 3, cols: 4 },
  ].map((stage) => {
    const values = stage.channels * stage.rows * stage.cols;
    return {
      ...stage,
      values,
      data: Float32Array.from({ length: frames * values }, () => Math.max(0, random() - 0.3)),
    };
  });
  const graph = affinityGraph(
    'seeds',
    stages.map(({ name }) => name),
    [{ domain: '', version }],
  )!;
  const output = (name: string, elemType: number) => ({ name, type: { tensorType: { elemType } } });
  const model: OnnxModel = {
    irVersion: 6,
    opsetImport: [{ domain: '', version }],
    graph: {
      name: 'affinities',
      input: ['seeds', 'fine', 'odd'].map((name) => ({
        name,
        type: {
          tensorType: {
            elemType: dataType.float32,
            shape: { dim: ['n', 'c', 'h', 'w'].map((side) => ({ dimParam: `${name}${side}` })) },
          },
        },
      })),
      node: [...graph.nodes, onnxNode('Identity', ['seeds'], ['same'])],
      initializer: [...graph.initializer],
      output: graph.outputs.flatMap(({ affinity, grid }) => [
        output(affinity, dataType.float32),
        output(grid, dataType.int64),
      ]),
    },
  };
  const session = await openOnnx(writeOnnx(model));
  const float = (data: Float32Array, dims: number[]) => ({ type: 'float32', data, dims });
  const result = await session.run({
    seeds: float(new Float32Array(frames * 6), [frames, 1, seed.rows, seed.cols]),
    ...Object.fromEntries(
      stages.map(({ name, data, channels, rows, cols }) => [name, float(data, [frames, channels, rows, cols])]),
    ),
  });
  await session.close();
  for (const [index, { affinity, grid }] of graph.outputs.entries()) {
    const { values, ...stage } = stages[index]!;
    expect([...(result[grid]!.data as unknown as BigInt64Array)].map(Number)).toEqual([stage.rows, stage.cols]);
    const actual = result[affinity]!.data as Float32Array;
    for (let frame = 0; frame < frames; frame++) {
      const expected = affinityOf({ ...stage, data: stage.data.slice(frame * values, (frame + 1) * values) }, seed);
      for (const [place, value] of expected.data.entries())
        expect(actual[frame * expected.data.length + place]).toBeCloseTo(value, 4);
    }
  }
});

it('is not to be had of operators too old', () => {
  expect(affinityGraph('seeds', ['fine'], [{ version: 9 }])).toBeUndefined();
});
