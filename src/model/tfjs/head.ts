import type { Classifier } from '../classifier/classifier.ts';
import { graphHead } from './graph-head.ts';
import { layersHead } from './layers-head.ts';
import type { TfjsHead, TfjsNetwork } from './network.ts';

/**
 * Finds a network's pooling and linear layer without running it.
 *
 * @throws HeatboxError `MODEL_DAMAGED`, `MODEL_UNSUPPORTED` naming the layer or node that is in the way.
 */
export function tfjsHead({ modelJson, format }: Omit<TfjsNetwork, 'preprocessing'>): Promise<TfjsHead> {
  return format === 'tfjs-layers' ? layersHead(modelJson) : graphHead(modelJson);
}

/** @returns nothing for a classifier of another kind. */
export function networkOf({ format, path, preprocessing }: Classifier): TfjsNetwork | undefined {
  return format === 'onnx' ? undefined : { modelJson: path, format, preprocessing };
}
