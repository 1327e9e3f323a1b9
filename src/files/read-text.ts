import { readFile } from 'node:fs/promises';
import { HeatboxError } from '../error.ts';

/**
 * Reads a text file in UTF-8.
 *
 * @throws HeatboxError `FILE_UNREADABLE`
 */
export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw unreadable(path, cause);
  });
}

/** The error for a file or folder that a user named and that cannot be read. */
export function unreadable(path: string, cause: Error): HeatboxError {
  return new HeatboxError('FILE_UNREADABLE', `cannot read ${path}: ${cause.message}`, {
    value: path,
    kind: 'usage',
    cause,
  });
}
