/** Small files that would cost minutes or gigabytes: each is refused before anything is made of it. */
import { describe, expect, it } from 'vitest';
import { type OnnxModel, onnxNode, readOnnx, writeOnnx } from '../../../src/model/onnx/index.ts';
import { int64Tensor } from '../../../src/model/onnx/tensor.ts';
import { followedBy, identity } from '../../../src/model/surgery/affine.ts';
import { indexGraph } from '../../../src/model/surgery/graph-index.ts';
import { checkConstants } from '../../../src/model/surgery/large-constants.ts';
import { networkInput } from '../../../src/model/surgery/network-input.ts';

/** A field of a message with a length before it. */
function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

const many = (count: number, piece: Buffer) => Buffer.alloc(count * piece.length, piece);
const graph = (content: Uint8Array) => field(7, content);
const node = (content: Uint8Array) => field(1, content);
const initializer = (content: Uint8Array) => field(5, content);

/** `depth` graphs, each in an attribute of a node of the one before. */
function nested(depth: number): Buffer {
  let inner: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) inner = node(field(5, field(6, inner)));
  return graph(inner);
}

describe('a file of some megabytes with', () => {
  const packedOnes = Buffer.alloc(8_000_000, 1);
  it.each([
    ['empty nodes', graph(many(4_000_000, node(Buffer.alloc(0)))), 'nodes'],
    ['empty texts', graph(node(many(4_000_000, field(1, Buffer.alloc(0))))), 'objects'],
    ['empty attributes', graph(node(many(4_000_000, field(5, Buffer.alloc(0))))), 'objects'],
    ['empty weights', graph(many(4_000_000, initializer(Buffer.alloc(0)))), 'objects'],
    ['empty metadata', many(4_000_000, field(14, Buffer.alloc(0))), 'objects'],
    ['axes one by one', graph(initializer(many(4_000_000, Buffer.from([8, 1])))), 'integers'],
    ['axes in a row', graph(initializer(field(1, packedOnes))), 'integers'],
    ['integers in a row', graph(initializer(field(7, packedOnes))), 'integers'],
    ['graphs in graphs', nested(500), 'nested'],
  ])(
    '%s is refused',
    (_what, bytes, says) => {
      const read = () => readOnnx(bytes);
      expect(read).toThrow(expect.objectContaining({ code: 'MODEL_DAMAGED', message: expect.stringContaining(says) }));
    },
    10_000,
  );

  it('sparse weights is refused, whatever size they say they have', () => {
    for (const bytes of [graph(field(15, Buffer.alloc(0))), graph(node(field(5, field(22, Buffer.alloc(0)))))])
      expect(() => readOnnx(bytes)).toThrow(expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }));
  });

  it('lengths beyond its end is refused', () => {
    for (const bytes of [Buffer.from([58, 255, 255, 255, 255, 15]), Buffer.from([58, 5, 1]), Buffer.alloc(20, 255)])
      expect(() => readOnnx(bytes)).toThrow(expect.objectContaining({ code: 'MODEL_DAMAGED' }));
  });
});

function model(
  nodes: OnnxModel['graph']['node'],
  shape = [1, 3, 8, 8],
  more: Partial<OnnxModel['graph']> = {},
): OnnxModel {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return {
    opsetImport: [{ version: 13 }],
    graph: {
      node: nodes,
      initializer: [],
      input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim } } } }],
      output: [{ name: 'y' }],
      ...more,
    },
  };
}

describe('a network', () => {
  it.each([
    ['a value made of itself', [onnxNode('Identity', ['x'], ['x'])]],
    ['values made of each other', [onnxNode('Add', ['b', 'x'], ['a']), onnxNode('Identity', ['a'], ['b'])]],
    ['a value made twice', [onnxNode('Relu', ['x'], ['a']), onnxNode('Relu', ['a'], ['a'])]],
  ])('with %s is refused, not followed in circles', (_what, nodes) => {
    const read = readOnnx(writeOnnx(model(nodes)));
    expect(() => indexGraph(read.graph)).toThrow(expect.objectContaining({ code: 'MODEL_DAMAGED' }));
  });

  it('that makes a constant of gigabytes is refused', () => {
    const shape = int64Tensor('shape', [2], [100_000, 100_000]);
    for (const [opType, inputs] of [
      ['ConstantOfShape', ['shape']],
      ['Expand', ['x', 'shape']],
      ['Tile', ['shape', 'shape']],
      ['Pad', ['x', 'shape']],
      ['Resize', ['x', '', '', 'shape']],
    ] as const) {
      const { graph } = model([onnxNode(opType, inputs, ['y'])], undefined, { initializer: [shape] });
      expect(() => checkConstants(graph)).toThrow(expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }));
    }
  });

  it('that enlarges without measure is refused, and one that enlarges as decoders do is not', () => {
    const enlarging = (scale: number) => {
      const data = new Uint8Array(new Float32Array([1, 1, scale, scale]).buffer);
      const scales = { name: 'scales', dims: [4], dataType: 1, rawData: data };
      return model([onnxNode('Resize', ['x', '', 'scales'], ['y'])], undefined, { initializer: [scales] }).graph;
    };
    expect(() => checkConstants(enlarging(8))).not.toThrow();
    expect(() => checkConstants(enlarging(5000))).toThrow(expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }));
  });

  it.each([[[1, 3, 1_000_000, 1_000_000]], [[1_000_000, 3, 224, 224]], [[1_000_000, 224, 224, 3]]])(
    'that takes pictures of %j is refused',
    (shape) => {
      const read = model([onnxNode('Identity', ['x'], ['y'])], shape);
      expect(() => networkInput(read, indexGraph(read.graph))).toThrow(
        expect.objectContaining({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining('pixels') }),
      );
    },
  );

  it('with a kernel that stands for a matrix of gigabytes gets no matrix', () => {
    const size = 100_000;
    const weight = (dims: readonly number[]) => ({ dims, data: new Float32Array(size).fill(1) });
    const conv = onnxNode('Conv', ['v', 'k'], ['w'], { group: size });
    const probe = { shape: () => undefined, weight: () => weight([size, 1, 1, 1]) };
    expect(followedBy(identity(size), conv, 'v', probe)).toBeUndefined();
    const down = { ...probe, weight: () => weight([size, 1]) };
    const up = { ...probe, weight: () => weight([1, size]) };
    const narrow = followedBy(identity(size), onnxNode('MatMul', ['v', 'k'], ['w']), 'v', down)!;
    expect(followedBy(narrow, onnxNode('MatMul', ['w', 'k'], ['z']), 'w', up)).toBeUndefined();
  });
});
