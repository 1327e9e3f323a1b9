import { readFile } from 'node:fs/promises';
import { HeatboxError } from '../error.ts';

/**
 * Reads a text file in UTF-8.
 *
 * @param refuse Makes the error for a file that cannot be read.
 * @throws HeatboxError `FILE_UNREADABLE`, or what `refuse` makes.
 */
export async function readText(path: string, refuse = unreadable): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw refuse(path, cause);
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
