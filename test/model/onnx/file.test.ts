import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  dataType,
  float16Tensor,
  float32Tensor,
  int64Tensor,
  type OnnxModel,
  onnxNode,
  readOnnx,
  referToWeights,
  tensorFloats,
  writeOnnx,
} from '../../../src/model/onnx/index.ts';

describe('an ONNX file', () => {
  it('runs in onnxruntime as written', async () => {
    const session = await InferenceSession.create(Buffer.from(writeOnnx(sliced())));
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [4]) });
    expect(Array.from(y!.data as Float32Array)).toEqual([2.5, 3.5, 4.5]);
    await session.release();
  });

  it('is the same after reading, and the same bytes after writing again', () => {
    const bytes = writeOnnx(sliced());
    const model = readOnnx(bytes);
    expect(model.graph.node.map((node) => node.opType)).toEqual(['Cast', 'Slice', 'Add']);
    expect(model.opsetImport).toEqual([{ domain: '', version: 17 }]);
    expect(Buffer.from(writeOnnx(model)).equals(bytes)).toBe(true);
  });

  it('keeps "to the end", the largest 64-bit integer, and the smallest', () => {
    const model = sliced();
    const limits = ['9223372036854775807', '-9223372036854775808'];
    model.graph.node.push(onnxNode('Old', ['x'], ['z'], { ends: limits.map(Number), one: Number(limits[0]) }));
    // The varints of 2^63-1 and of -2^63, as the format has them.
    const hex = Buffer.from(writeOnnx(readOnnx(writeOnnx(model)))).toString('hex');
    expect(hex).toContain('ffffffffffffffff7f');
    expect(hex).toContain('80808080808080808001');
  });

  it('keeps fields that heatbox has no name for', () => {
    const model = sliced() as OnnxModel & { functions: unknown[]; domain: string };
    model.domain = 'org.example';
    model.functions = [{ name: 'f', input: ['a'], output: ['a'] }];
    expect(readOnnx(writeOnnx(model))).toMatchObject({ domain: 'org.example', functions: [{ name: 'f' }] });
  });

  it.each([
    ['text', Buffer.from('<!doctype html><html>')],
    ['nothing', Buffer.alloc(0)],
    ['a file cut in the middle', Buffer.from(writeOnnx(sliced())).subarray(0, 60)],
  ])('is not %s', (_what, bytes) => {
    expect(() => readOnnx(bytes)).toThrow(expect.objectContaining({ code: 'MODEL_DAMAGED' }));
  });
});

describe('the floats of a tensor', () => {
  it.each([
    ['float32 bytes', float32Tensor('t', [2, 1], [0.1, -2])],
    ['a float32 list', { dims: [2], dataType: dataType.float32, floatData: [0.1, -2] }],
    ['a float64 list', { dims: [2], dataType: dataType.float64, doubleData: [0.1, -2] }],
  ])('are read from %s', (_where, tensor) => {
    expect(tensorFloats(tensor)).toEqual(Float32Array.of(0.1, -2));
  });

  it.each([
    ['float16 bytes', float16Tensor('t', [2], [1.5, -2])],
    ['a float16 list', { dims: [2], dataType: dataType.float16, int32Data: [0x3e00, 0xc000] }],
  ])('are read from %s', (_where, tensor) => {
    expect(tensorFloats(tensor)).toEqual(Float32Array.of(1.5, -2));
  });

  it('are refused where there are none', () => {
    expect(() => tensorFloats(int64Tensor('t', [1], [3]))).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }),
    );
    const elsewhere = { ...float32Tensor('t', [1], [1]), dataLocation: 1 };
    expect(() => tensorFloats(elsewhere)).toThrow(/another file/);
  });

  it('lie in the file they were read from, when a network refers to them', async () => {
    const kernel = Float32Array.from({ length: 300 }, (_, index) => index / 8);
    const model: OnnxModel = {
      ...sliced(),
      graph: {
        ...sliced().graph,
        node: [onnxNode('Add', ['x', 'kernel'], ['y'])],
        initializer: [float32Tensor('kernel', [300], [...kernel])],
      },
    };
    const folder = await mkdtemp(join(tmpdir(), 'heatbox-'));
    try {
      await writeFile(join(folder, 'net.onnx'), writeOnnx(model));
      const bytes = await readFile(join(folder, 'net.onnx'));
      const network = writeOnnx(referToWeights(readOnnx(bytes), bytes, 'net.onnx'));
      expect(network.length).toBeLessThan(bytes.length / 2);
      const session = await InferenceSession.create(network, {
        extra: { session: { model_external_initializers_file_folder_path: folder } },
      });
      const { y } = await session.run({ x: new Tensor('float32', new Float32Array(300).fill(1), [300]) });
      expect(y!.data).toEqual(kernel.map((value) => value + 1));
      await session.release();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** `y = x[1:] + 0.5`, the half stored as float16. */
function sliced(): OnnxModel {
  const value = (name: string) => ({
    name,
    type: { tensorType: { elemType: dataType.float32, shape: { dim: [{ dimParam: name }] } } },
  });
  return {
    irVersion: 8,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'sliced',
      node: [
        onnxNode('Cast', ['half'], ['single'], { to: 1 }),
        onnxNode('Slice', ['x', 'start', 'end'], ['rest']),
        onnxNode('Add', ['rest', 'single'], ['y']),
      ],
      initializer: [
        float16Tensor('half', [1], [0.5]),
        int64Tensor('start', [1], [1]),
        // Number.MAX_SAFE_INTEGER is "to the end" as well.
        int64Tensor('end', [1], [Number.MAX_SAFE_INTEGER]),
      ],
      input: [value('x')],
      output: [value('y')],
    },
  };
}
