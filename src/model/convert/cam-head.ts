import type { GraphBuilder, Value } from './graph-builder.ts';
import { type Layer, unsupported } from './layers-model.ts';

/**
 * Adds the head in its CAM form (Zhou et al., arXiv 1512.04150): the linear layer as a 1×1 convolution *before* the
 * global pooling gives `maps`, `[N, classes, H/stride, W/stride]`, the class activation maps of all classes, without
 * the bias. Their spatial mean plus the bias is `logits`, `[N, classes]`: both steps are linear, so the order does not matter.
 *
 * @returns the name of `logits`.
 * @throws HeatboxError `MODEL_UNSUPPORTED` when the linear layer does not read globally pooled maps.
 */
export function camHead(dense: Layer, input: Value, graph: GraphBuilder): string {
  const kernel = dense.weights.kernel;
  const maps = input.pooledFrom;
  if (maps === undefined || kernel === undefined) {
    throw unsupported(
      `layer ${dense.name} does not read a global average pooling, so there are no class activation maps`,
      dense.name,
    );
  }
  const [ins, classes] = kernel.shape as [number, number];
  const weights = new Float32Array(kernel.data.length);
  for (let i = 0; i < ins; i++) for (let c = 0; c < classes; c++) weights[c * ins + i] = kernel.data[i * classes + c]!;
  graph.node('Conv', [maps.name, graph.weight(`${dense.name}/kernel`, [classes, ins, 1, 1], weights)], 'maps', {
    kernel_shape: [1, 1],
    strides: [1, 1],
    pads: maps.pads ?? [0, 0, 0, 0],
    group: 1,
  });
  const mean = graph.node('Flatten', [graph.node('GlobalAveragePool', ['maps'], 'maps/mean')], 'maps/mean/flat', {
    axis: 1,
  });
  const bias = graph.constant(`${dense.name}/bias`, [classes], dense.weights.bias?.data ?? new Float32Array(classes));
  return graph.node('Add', [mean, bias], 'logits');
}
