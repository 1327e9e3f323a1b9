import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { HeatboxError } from '../../error.ts';
import { hashFile } from './digest.ts';

/** What a manifest says of a file. */
export interface Expected {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** @throws HeatboxError `MODEL_DAMAGED` where it is missing or has another size. */
export async function checkSize(path: string, { bytes }: Pick<Expected, 'bytes'>): Promise<void> {
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined) throw damaged(path, 'it is missing');
  if (size !== bytes) throw damaged(path, `it has ${size} bytes instead of ${bytes}`);
}

/**
 * Reads a file for its hash.
 *
 * @throws HeatboxError `MODEL_DAMAGED` where that is another, `MODEL_UNREADABLE` when the system does not let it be read.
 */
export async function checkHash(path: string, { sha256 }: Pick<Expected, 'sha256'>): Promise<void> {
  const actual = await hashFile(path, 'sha256').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  compare(path, actual, sha256);
}

/**
 * The same of what was read of it.
 *
 * @throws HeatboxError `MODEL_DAMAGED`
 */
export function checkBytes(path: string, bytes: Uint8Array, { sha256 }: Pick<Expected, 'sha256'>): void {
  compare(path, createHash('sha256').update(bytes).digest('hex'), sha256);
}

export function unreadable(path: string, cause: unknown): HeatboxError {
  return new HeatboxError('MODEL_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, {
    hint: 'Check the permissions of the file and its folder.',
    value: path,
    cause,
    kind: 'usage',
  });
}

function compare(path: string, actual: string, sha256: string): void {
  if (actual !== sha256) throw damaged(path, `its sha256 is ${actual} instead of ${sha256}`);
}

function damaged(path: string, reason: string): HeatboxError {
  return new HeatboxError('MODEL_DAMAGED', `${path} is not the file its manifest describes: ${reason}`, {
    hint: 'Install heatbox again, or fetch the model again.',
    value: path,
    kind: 'usage',
  });
}
