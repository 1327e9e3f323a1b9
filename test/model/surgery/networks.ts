import {
  type AttributeValue,
  dataType,
  float32Tensor,
  int64Tensor,
  type OnnxModel,
  onnxNode,
  writeOnnx,
} from '../../../src/model/onnx/index.ts';
import { seeded } from '../random-weights.ts';

/** A small network written by hand, node after node; each node's output is named as the node. */
export function network({ opset = 13, seed = 1 } = {}) {
  const random = seeded(seed);
  const model: OnnxModel = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }],
    graph: { name: 'test', node: [], initializer: [], input: [], output: [] },
  };
  const { graph } = model;
  const builder = {
    model,
    opset,
    input(name: string, dims: readonly (number | string)[], elemType: number = dataType.float32): string {
      graph.input.push({ name, type: { tensorType: { elemType, shape: { dim: shape(dims) } } } });
      return name;
    },
    node(
      opType: string,
      inputs: readonly string[],
      attributes: Record<string, AttributeValue> = {},
      name = `${opType}_${graph.node.length}`,
    ): string {
      graph.node.push(onnxNode(opType, inputs, [name], attributes));
      return name;
    },
    /** Random weights around `centre`. */
    weights(dims: readonly number[], { spread = 0.5, centre = 0 } = {}): string {
      const count = dims.reduce((product, dim) => product * dim, 1);
      const values = Float32Array.from({ length: count }, () => centre + spread * (2 * random() - 1));
      return builder.floats(dims, values);
    },
    floats(dims: readonly number[], values: ArrayLike<number>): string {
      const name = `w${graph.initializer.length}`;
      graph.initializer.push(float32Tensor(name, dims, values));
      return name;
    },
    integers(values: readonly number[]): string {
      const name = `i${graph.initializer.length}`;
      graph.initializer.push(int64Tensor(name, [values.length], values));
      return name;
    },
    conv(value: string, ins: number, outs: number, { kernel = 3, stride = 1, bias = true, group = 1 } = {}): string {
      const spread = Math.sqrt(3 / ((ins / group) * kernel ** 2));
      const weights = builder.weights([outs, ins / group, kernel, kernel], { spread });
      const pad = Math.floor(kernel / 2);
      return builder.node('Conv', [value, weights, ...(bias ? [builder.weights([outs])] : [])], {
        kernel_shape: [kernel, kernel],
        strides: [stride, stride],
        pads: [pad, pad, pad, pad],
        group,
      });
    },
    output(...names: string[]): OnnxModel {
      for (const name of names) graph.output.push({ name, type: { tensorType: { elemType: dataType.float32 } } });
      return model;
    },
    bytes: (...names: string[]) => writeOnnx(builder.output(...names)),
  };
  return builder;
}

export type Builder = ReturnType<typeof network>;

function shape(dims: readonly (number | string)[]) {
  return dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim }));
}
