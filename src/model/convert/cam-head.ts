import type { GraphBuilder, PooledValue, Value } from './graph-builder.ts';
import type { Layer } from './layers-model.ts';
import { unsupported } from './unsupported.ts';

/** `logits = matrix · pooled + bias`. */
export interface Linear {
  /** Outputs. */
  readonly classes: number;
  /** Inputs. */
  readonly inputs: number;
  /** `[classes, inputs]` */
  readonly matrix: Float32Array;
  /** `[classes]` */
  readonly bias: Float32Array;
}

/**
 * Adds the head in its CAM form (Zhou et al., arXiv 1512.04150): the linear layer as a 1×1 convolution *before* the
 * global pooling gives `maps`, `[N, classes, H/stride, W/stride]`, the class activation maps of all classes, without
 * the bias. Their spatial mean plus the bias is `logits`, `[N, classes]`: both steps are linear, so the order does not matter.
 *
 * @param head - a `Dense` or 1×1 `Conv2D` that reads `input`, or where the network pools maps of classes (Network in
 * Network) the pooling itself.
 * @returns the number of classes and the name of the layer that pooled.
 * @throws HeatboxError `MODEL_UNSUPPORTED` when the linear layer does not read globally pooled maps.
 */
export function camHead(head: Layer, input: Value, graph: GraphBuilder): { classes: number; pooling: string } {
  const pooled = input.pooledFrom;
  if (head.type === 'GlobalAveragePooling2D') {
    if (input.pads !== undefined) throw unsupported(`layer ${head.name} pools a border of zeros`, head.name);
    graph.node('Identity', [input.name], 'maps');
    addLogits(new Float32Array(input.channels), head.name, graph);
    return { classes: input.channels, pooling: head.name };
  }
  if (pooled === undefined || head.weights.kernel === undefined) {
    throw unsupported(
      `layer ${head.name} does not read a global average pooling, so there are no class activation maps`,
      head.name,
    );
  }
  const { classes, inputs, matrix, bias } = linearOf(head, pooled);
  graph.node('Conv', [pooled.name, graph.weight(`${head.name}/kernel`, [classes, inputs, 1, 1], matrix)], 'maps', {
    kernel_shape: [1, 1],
    strides: [1, 1],
    pads: pooled.pads ?? [0, 0, 0, 0],
    group: 1,
  });
  addLogits(bias, head.name, graph);
  return { classes, pooling: input.name };
}

function addLogits(bias: Float32Array, name: string, graph: GraphBuilder): void {
  const mean = graph.node('Flatten', [graph.node('GlobalAveragePool', ['maps'], 'maps/mean')], 'maps/mean/flat', {
    axis: 1,
  });
  graph.node('Add', [mean, graph.constant(`${name}/bias`, [bias.length], bias)], 'logits');
}

/**
 * The layer together with the scale and shift of a batch norm between it and the pooling; one output becomes two classes.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED`
 */
export function linearOf(
  head: Pick<Layer, 'name' | 'weights'>,
  { scale, shift }: Pick<PooledValue, 'scale' | 'shift'>,
): Linear {
  const kernel = head.weights.kernel!;
  const [inputs, classes] = kernel.shape.slice(-2) as [number, number];
  if (kernel.shape.length === 4 && (kernel.shape[0] !== 1 || kernel.shape[1] !== 1))
    throw unsupported(`convolution ${head.name} behind the global pooling is not of size 1×1`, head.name);
  const matrix = new Float32Array(kernel.data.length);
  const bias = Float64Array.from(head.weights.bias?.data ?? new Float32Array(classes));
  for (let i = 0; i < inputs; i++) {
    for (let c = 0; c < classes; c++) {
      const weight = kernel.data[i * classes + c]!;
      matrix[c * inputs + i] = weight * (scale?.[i] ?? 1);
      bias[c]! += weight * (shift?.[i] ?? 0);
    }
  }
  return againstItsOpposite({ classes, inputs, matrix, bias: Float32Array.from(bias) });
}

/**
 * A network of two classes may have one output z, whose sigmoid is the second class's probability. −z/2 and z/2 give the
 * same with a softmax, and a map for either class.
 */
function againstItsOpposite(linear: Linear): Linear {
  if (linear.classes !== 1) return linear;
  const both = (values: Float32Array) =>
    Float32Array.from([...values].map((value) => -value / 2).concat([...values].map((value) => value / 2)));
  return { ...linear, classes: 2, matrix: both(linear.matrix), bias: both(linear.bias) };
}
