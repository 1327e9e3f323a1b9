import type { Layer, LayersModel } from './layers-model.ts';
import { unsupported } from './unsupported.ts';

/** Layers at the end that leave the order of the classes as it is. */
const ending = ['Softmax', 'Activation', 'Reshape', 'Flatten', 'Dropout'];

/**
 * The last linear layer: the output itself, or what a softmax at the output reads. Where maps of classes are pooled, it is
 * the pooling.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED`
 */
export function findHead(model: LayersModel): { head: Layer; activation: string | undefined } {
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const activations: string[] = [];
  let last = byName.get(model.output);
  while (last !== undefined) {
    const activation = last.type === 'Softmax' ? 'softmax' : String(last.config.activation ?? 'linear');
    if (!['linear', 'softmax', 'sigmoid'].includes(activation)) break;
    if (activation !== 'linear') activations.push(activation);
    if (isHead(last)) return { head: last, activation: activations[0] };
    if (!ending.includes(last.type)) break;
    last = byName.get(last.inputs[0] ?? '');
  }
  throw unsupported(
    `it does not end in a linear layer with or without softmax, but in ${last?.type} layer ${last?.name}`,
  );
}

function isHead(layer: Layer): boolean {
  return (
    layer.type === 'GlobalAveragePooling2D' ||
    ((layer.type === 'Dense' || layer.type === 'Conv2D') && layer.weights.kernel !== undefined)
  );
}
