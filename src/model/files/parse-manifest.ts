import type { z } from 'zod';
import { HeatboxError } from '../../error.ts';

/**
 * Reads the text of a manifest or of labels.
 *
 * @param path - of the file, for errors.
 * @throws HeatboxError `MODEL_MANIFEST_INVALID` that names the field.
 */
export function parseManifest<Schema extends z.ZodType>(schema: Schema, text: string, path: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, 'is not JSON', cause);
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(path, `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`, result.error);
  }
  return result.data;
}

function invalid(path: string, reason: string, cause: unknown): HeatboxError {
  return new HeatboxError('MODEL_MANIFEST_INVALID', `${path}: ${reason}`, {
    hint: 'Compare it with the manifest.json of the model that ships with heatbox.',
    value: path,
    cause,
    kind: 'usage',
  });
}
