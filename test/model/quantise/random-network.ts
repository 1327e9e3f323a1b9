import { dataType, float32Tensor, type OnnxModel, type OnnxNode, onnxNode } from '../../../src/model/onnx/index.ts';
import { seeded } from '../random-weights.ts';

export const BLOCKS = ['convolution', 'bare', 'clipped', 'depthwise', 'residual', 'pool', 'concat', 'strided'] as const;
export type Block = (typeof BLOCKS)[number];

const CHANNELS = 8;

/** A small network in heatbox's form, of these blocks one after another, with random weights. */
export function randomNetwork(blocks: readonly Block[], seed: number, classes = 5): OnnxModel {
  const random = seeded(seed);
  const node: OnnxNode[] = [
    onnxNode('Cast', ['image'], ['bytes'], { to: dataType.float32 }),
    onnxNode('Sub', ['bytes', 'mean'], ['centred']),
    onnxNode('Mul', ['centred', 'factor'], ['scaled']),
    onnxNode('Transpose', ['scaled'], ['planes'], { perm: [0, 3, 1, 2] }),
  ];
  const initializer = [float32Tensor('mean', [3], [120, 115, 105]), float32Tensor('factor', [1], [1 / 60])];
  let count = 0;

  function spread(dims: readonly number[], width: number): Float32Array {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return Float32Array.from({ length: size }, () => width * 2 * (random() + random() + random() - 1.5));
  }

  function add(opType: string, input: readonly string[], attributes = {}): string {
    const name = `v${count++}`;
    node.push(onnxNode(opType, input, [name], attributes));
    return name;
  }

  function convolution(
    from: string,
    side: number,
    { ins = CHANNELS, stride = 1, group = 1, bias = true } = {},
  ): string {
    const name = `c${count}`;
    const dims = [CHANNELS, ins / group, side, side];
    // Channels of very different sizes, as folded normalisations leave them.
    const kernel = spread(dims, Math.sqrt(2 / ((ins / group) * side * side)));
    const each = kernel.length / CHANNELS;
    const sizes = Array.from({ length: CHANNELS }, () => 0.3 + 1.4 * random());
    initializer.push(
      float32Tensor(
        `${name}/kernel`,
        dims,
        kernel.map((weight, i) => weight * sizes[Math.floor(i / each)]!),
      ),
    );
    if (bias) initializer.push(float32Tensor(`${name}/bias`, [CHANNELS], spread([CHANNELS], 0.2)));
    const pad = (side - 1) / 2;
    return add('Conv', [from, `${name}/kernel`, ...(bias ? [`${name}/bias`] : [])], {
      kernel_shape: [side, side],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group,
    });
  }

  const relu = (value: string) => add('Relu', [value]);
  const make: Record<Block, (value: string) => string> = {
    convolution: (value) => relu(convolution(value, 3)),
    bare: (value) => convolution(value, 1, { bias: false }),
    clipped: (value) => add('Clip', [convolution(value, 1), 'zero', 'six']),
    depthwise: (value) => relu(convolution(value, 3, { group: CHANNELS })),
    residual: (value) => relu(add('Add', [convolution(relu(convolution(value, 3)), 1), value])),
    pool: (value) => add('MaxPool', [value], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }),
    concat: (value) =>
      relu(convolution(add('Concat', [relu(convolution(value, 1)), value], { axis: 1 }), 1, { ins: 16 })),
    strided: (value) => relu(convolution(value, 3, { stride: 2 })),
  };
  initializer.push(float32Tensor('zero', [], [0]), float32Tensor('six', [], [6]));
  let value = relu(convolution('planes', 3, { ins: 3, stride: 2 }));
  for (const block of blocks) value = make[block](value);
  initializer.push(float32Tensor('classes', [classes, CHANNELS, 1, 1], spread([classes, CHANNELS], 0.5)));
  node.push(
    onnxNode('Conv', [value, 'classes'], ['maps'], { kernel_shape: [1, 1] }),
    onnxNode('GlobalAveragePool', ['maps'], ['pooled']),
    onnxNode('Flatten', ['pooled'], ['logits'], { axis: 1 }),
  );
  const floats = (name: string) => ({ name, type: { tensorType: { elemType: dataType.float32 } } });
  const dim = [{ dimParam: 'N' }, { dimParam: 'H' }, { dimParam: 'W' }, { dimValue: 3 }];
  return {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'random',
      node,
      initializer,
      input: [{ name: 'image', type: { tensorType: { elemType: dataType.uint8, shape: { dim } } } }],
      output: [floats('maps'), floats('logits')],
    },
  };
}
