import { basename } from 'node:path';
import type { Size } from '../../types.ts';
import type { ClassifierManifest } from '../files/manifest.ts';
import type { Classifier } from './classifier.ts';

/**
 * A manifest for a classifier as it was exported: its own, or one to be corrected.
 *
 * @param seen - what the network itself tells of its input.
 */
export function manifestOf(
  classifier: Classifier,
  seen: { readonly layout?: 'NCHW' | 'NHWC'; readonly size?: Size | undefined },
): ClassifierManifest {
  const { manifest, preprocessing, name, path, layout, size, format } = classifier;
  if (manifest !== undefined) return manifest;
  return {
    schemaVersion: 1,
    form: 'classifier',
    name,
    description: '',
    licence: { spdx: 'unknown', note: '' },
    files: { model: { path: basename(path) }, labels: { path: 'labels.txt' } },
    input: {
      layout: layout ?? seen.layout ?? (format === 'onnx' ? 'NCHW' : 'NHWC'),
      channels: preprocessing.order,
      range: [...preprocessing.range],
      mean: [...preprocessing.mean],
      std: [...preprocessing.std],
      size: seen.size ?? size ?? { width: 224, height: 224 },
    },
  };
}
