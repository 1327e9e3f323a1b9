import type { Layer, LayersModel } from './layers-model.ts';
import type { Weight } from './read-weights.ts';

/**
 * Takes every batch norm that follows a convolution and is its only reader into that convolution's weights, with the
 * layer's own epsilon: `w' = w·γ/√(σ²+ε)`, `b' = (b-μ)·γ/√(σ²+ε)+β`, computed in float64. The others stay as they are.
 */
export function foldBatchNorm(model: LayersModel): LayersModel {
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const readers = new Map<string, number>();
  for (const input of model.layers.flatMap((layer) => layer.inputs)) readers.set(input, (readers.get(input) ?? 0) + 1);

  const folded = new Map<string, Layer>();
  const renamed = new Map<string, string>();
  for (const norm of model.layers) {
    const convolution = byName.get(norm.inputs[0] ?? '');
    if (norm.type !== 'BatchNormalization' || convolution === undefined) continue;
    if (!isLinearConvolution(convolution) || readers.get(convolution.name) !== 1) continue;
    folded.set(convolution.name, fold(convolution, norm));
    renamed.set(norm.name, convolution.name);
  }

  return {
    ...model,
    output: renamed.get(model.output) ?? model.output,
    layers: model.layers
      .filter((layer) => !renamed.has(layer.name))
      .map((layer) => folded.get(layer.name) ?? layer)
      .map((layer) => ({ ...layer, inputs: layer.inputs.map((input) => renamed.get(input) ?? input) })),
  };
}

/** The scale and shift that a batch norm applies to each channel, in float64. */
export function batchNormAffine(norm: Layer): { scale: Float64Array; shift: Float64Array } {
  const mean = norm.weights.moving_mean!.data;
  const variance = norm.weights.moving_variance!.data;
  // Keras' default, which it nevertheless writes out.
  const epsilon = typeof norm.config.epsilon === 'number' ? norm.config.epsilon : 1e-3;
  const scale = Float64Array.from(variance, (v, c) => (norm.weights.gamma?.data[c] ?? 1) / Math.sqrt(v + epsilon));
  const shift = Float64Array.from(mean, (m, c) => (norm.weights.beta?.data[c] ?? 0) - m * scale[c]!);
  return { scale, shift };
}

function isLinearConvolution(layer: Layer): boolean {
  const activation = layer.config.activation ?? 'linear';
  return (layer.type === 'Conv2D' || layer.type === 'DepthwiseConv2D') && activation === 'linear';
}

function fold(convolution: Layer, norm: Layer): Layer {
  const { scale, shift } = batchNormAffine(norm);
  const name = convolution.type === 'Conv2D' ? 'kernel' : 'depthwise_kernel';
  const kernel = convolution.weights[name]!;
  const bias = convolution.weights.bias?.data;
  // The output channel is the fastest axis of both kernels: [h, w, in, out] and [h, w, in, multiplier], in·multiplier = out.
  const channels = scale.length;
  const weights: Record<string, Weight> = {
    [name]: { shape: kernel.shape, data: kernel.data.map((w, i) => w * scale[i % channels]!) },
    bias: { shape: [channels], data: Float32Array.from(shift, (s, c) => s + (bias?.[c] ?? 0) * scale[c]!) },
  };
  return { ...convolution, weights };
}
