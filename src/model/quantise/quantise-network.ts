import {
  float32Tensor,
  int8Tensor,
  int32Tensor,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxNode,
  uint8Tensor,
} from '../onnx/index.ts';
import { indexGraph } from '../surgery/graph-index.ts';
import { neededFor } from '../surgery/needed-nodes.ts';
import { constantFloats } from './constant-floats.ts';
import type { QuantisationPlan } from './plan.ts';
import { type Range, roundingOf, roundWeights } from './rounding.ts';

/**
 * The network in 8 bits, in the form that engines know: every rounded value goes through a QuantizeLinear and a
 * DequantizeLinear, whose result keeps the value's name, and every rounded weight through a DequantizeLinear (ONNX
 * operators of opset 13). The engine makes 8-bit operators of what lies between them. One function, since its parts add to
 * the same lists of nodes and tensors.
 *
 * @param ranges Of the plan's values, but for those that share another one's rounding.
 */
export function quantiseNetwork(
  model: OnnxModel,
  plan: QuantisationPlan,
  ranges: ReadonlyMap<string, Range>,
): OnnxModel {
  const index = indexGraph(model.graph);
  const nodes: OnnxNode[] = [];
  const initializer: OnnxTensor[] = [];
  const rounded = new Set(plan.values);
  const roundings = new Map(
    plan.values.map((value) => [value, roundingOf(ranges.get(plan.sharing.get(value) ?? value)!)]),
  );

  function add(opType: string, input: readonly string[], output: string, attributes = {}): string {
    // Not named after its output, as the node that gave the value before it may be.
    nodes.push({ ...onnxNode(opType, input, [output], attributes), name: `${opType}/${output}` });
    return output;
  }

  /** The weights of a convolution as they are read by it: 8-bit tensors, made float on the way. */
  function roundedWeights(node: OnnxNode): string[] {
    const [data, kernelName, biasName] = node.input;
    const name = node.output[0]!;
    const { dims, data: kernel } = constantFloats(index, kernelName!)!;
    const bias = biasName ? constantFloats(index, biasName)!.data : undefined;
    const channels = dims[0]!;
    const inputScale = roundings.get(data!)!.scale;
    const weights = roundWeights(kernel, channels, bias, inputScale);
    const part = (what: string) => `${name}/kernel8${what}`;
    initializer.push(
      int8Tensor(part(''), dims, weights.kernel),
      float32Tensor(part('/scale'), [channels], weights.scales),
      int8Tensor(part('/zero'), [channels], new Int8Array(channels)),
    );
    const read = [add('DequantizeLinear', ['', '/scale', '/zero'].map(part), part('/float'), { axis: 0 })];
    if (weights.bias) {
      const own = (what: string) => `${name}/bias32${what}`;
      initializer.push(
        int32Tensor(own(''), [channels], weights.bias),
        float32Tensor(
          own('/scale'),
          [channels],
          weights.scales.map((scale) => scale * inputScale),
        ),
      );
      read.push(add('DequantizeLinear', ['', '/scale'].map(own), own('/float'), { axis: 0 }));
    }
    return read;
  }

  for (const node of model.graph.node) {
    nodes.push({
      ...node,
      input: plan.convolutions.has(node) ? [node.input[0]!, ...roundedWeights(node)] : node.input,
      output: node.output.map((value) => (rounded.has(value) ? `${value}/float` : value)),
    });
    for (const value of node.output.filter((name) => rounded.has(name))) {
      const { scale, zeroPoint } = roundings.get(value)!;
      const parameters = [`${value}/scale`, `${value}/zero`];
      initializer.push(float32Tensor(parameters[0]!, [], [scale]), uint8Tensor(parameters[1]!, [], [zeroPoint]));
      add(
        'DequantizeLinear',
        [add('QuantizeLinear', [`${value}/float`, ...parameters], `${value}/8`), ...parameters],
        value,
      );
    }
  }
  const { graph } = model;
  const needed = neededFor(
    graph.output.map(({ name }) => name),
    { node: nodes },
  );
  const read = new Set(needed.flatMap(({ input }) => input));
  return {
    ...model,
    producerName: 'heatbox',
    graph: {
      ...graph,
      node: needed,
      initializer: [...graph.initializer, ...initializer].filter(({ name }) => read.has(name!)),
      valueInfo: [],
    },
  };
}
