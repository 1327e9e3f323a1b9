import { HeatboxError } from '../../error.ts';
import type { OnnxNode } from '../onnx/index.ts';
import { nodeName } from './graph-index.ts';

/** A network that is sound but has no class activation map; `value` is the name of the node that prevents it. */
export function noCam(reason: string, node?: OnnxNode): HeatboxError {
  return new HeatboxError('MODEL_NO_CAM', `this network has no class activation maps: ${reason}`, {
    hint: 'A class activation map needs global average pooling and then only linear layers; choose a network of that kind (ResNet, DenseNet, MobileNetV2, EfficientNet, …).',
    value: node && nodeName(node),
    kind: 'usage',
  });
}

/** A network that may have a CAM, but that heatbox cannot read or feed. */
export function unfit(reason: string, hint: string, value?: unknown, cause?: unknown): HeatboxError {
  return new HeatboxError('MODEL_UNSUPPORTED', `this network cannot be used: ${reason}`, {
    hint,
    value,
    cause,
    kind: 'usage',
  });
}
