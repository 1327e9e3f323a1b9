import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { openInBestPrecision } from '../../../src/inference/sessions/half-session.ts';
import { loadModel } from '../../../src/model/index.ts';
import {
  dataType,
  float32Tensor,
  type OnnxModel,
  onnxNode,
  readOnnx,
  writeOnnx,
} from '../../../src/model/onnx/index.ts';
import { halfPrecision } from '../../../src/model/variants/index.ts';
import { writeTinyModel } from '../../support/tiny-model.ts';

const resnet = readOnnx(readFileSync((await loadModel()).networkPath));

describe('a network in half precision', () => {
  it('computes with float16, and takes and gives what it did', async () => {
    const half = halfPrecision(resnet)!;
    expect(half.graph.input).toEqual(resnet.graph.input);
    expect(half.graph.output).toEqual(resnet.graph.output);
    expect(half.graph.initializer.filter(({ dataType: type }) => type === dataType.float32)).toEqual([]);
    const [single, same] = [await logitsOf(resnet), await logitsOf(half)];
    const range = Math.max(...single) - Math.min(...single);
    // The CPU computes in float32 and rounds between the operators, as coarse as a GPU.
    const worst = Math.max(...single.map((logit, index) => Math.abs(logit - same[index]!)));
    expect(worst).toBeGreaterThan(0);
    expect(worst / range).toBeLessThan(0.01);
  });

  it('leaves the scales of a resize in float32, also where a node makes them', () => {
    const half = halfPrecision(
      small([
        onnxNode('Cast', ['image'], ['x'], { to: dataType.float32 }),
        {
          ...onnxNode('Constant', [], ['scales']),
          attribute: [{ name: 'value', type: 4, t: float32Tensor('', [4], [1, 1, 2, 2]) }],
        },
        onnxNode('Resize', ['x', '', 'scales'], ['y']),
        onnxNode('Resize', ['y', '', 'stored'], ['logits']),
      ]),
    )!;
    expect(half.graph.node[1]!.attribute[0]!.t!.dataType).toBe(dataType.float32);
    expect(half.graph.initializer[0]!.dataType).toBe(dataType.float32);
    expect(half.graph.node[0]!.attribute[0]!.i).toBe(dataType.float16);
  });

  it('is not made of weights beyond its range', () => {
    expect(halfPrecision(small([onnxNode('Cast', ['image'], ['logits'], { to: 1 })], [70000]))).toBeUndefined();
  });
});

it('opens a network as it is where float16 is of no use', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatbox-half-'));
  const bytes = readFileSync(join(writeTinyModel(folder), 'model.onnx'));
  rmSync(folder, { recursive: true });
  const names = { input: 'image', logits: 'logits' };
  // Larger than any logit's difference, so that it is the disagreement that is seen.
  const spoilt = readOnnx(bytes);
  const bias = spoilt.graph.initializer.findIndex(({ name }) => name === 'bias');
  spoilt.graph.initializer[bias] = float32Tensor('bias', [4], [60000, 60001, 60002, 60003]);
  const { session, half } = await openInBestPrecision(spoilt, names, {}, { width: 32, height: 32 });
  expect(half).toBe(false);
  await session.release();
});

async function logitsOf(model: OnnxModel): Promise<number[]> {
  const session = await InferenceSession.create(writeOnnx(model));
  const image = readFileSync(join(import.meta.dirname, '../../fixtures/parity/squirrel.224x224.rgb'));
  const { logits } = await session.run({ image: new Tensor('uint8', new Uint8Array(image), [1, 224, 224, 3]) });
  await session.release();
  return [...(logits!.data as Float32Array)];
}

function small(node: OnnxModel['graph']['node'], stored = [1, 1, 2, 2]): OnnxModel {
  return {
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      node,
      initializer: [float32Tensor('stored', [stored.length], stored)],
      input: [{ name: 'image' }],
      output: [{ name: 'logits', type: { tensorType: { elemType: dataType.float32 } } }],
    },
  };
}
