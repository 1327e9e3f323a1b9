import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { hashFile } from './digest.ts';
import { pathInside, readInside } from './inside.ts';

const name = 'SHA256SUMS';
const MOST_BYTES = 1024 * 1024;

/** Writes `SHA256SUMS` for all files of a folder, as `sha256sum --check` reads it. */
export async function writeChecksums(folder: string): Promise<void> {
  const files = (await readdir(folder)).filter((file) => file !== name).sort();
  const lines: string[] = [];
  for (const file of files) lines.push(`${await hashFile(join(folder, file), 'sha256')}  ${file}\n`);
  await writeFile(join(folder, name), lines.join(''));
}

/**
 * Compares a folder's files with its `SHA256SUMS`, if it has one.
 *
 * @returns the number of files compared.
 * @throws HeatboxError `MODEL_DAMAGED` naming the file that is missing or differs.
 */
export async function checkChecksums(folder: string): Promise<number> {
  const text = await readInside(folder, name, MOST_BYTES).then(String, (cause: unknown) => {
    if (cause instanceof HeatboxError) throw cause;
    return '';
  });
  const lines = text.split('\n').filter((line) => line !== '');
  for (const line of lines) {
    const [, expected, file] = /^([0-9a-f]{64}) [ *]([^/\\]+)$/.exec(line) ?? [];
    if (file === undefined) throw damaged(join(folder, name), 'has a line that is no checksum');
    const actual = await hashInside(folder, file).catch((cause: unknown) => {
      if (cause instanceof HeatboxError) throw cause;
      throw damaged(join(folder, file), 'cannot be read', cause);
    });
    if (actual !== expected) throw damaged(join(folder, file), `has sha256 ${actual} instead of ${expected}`);
  }
  return lines.length;
}

async function hashInside(folder: string, file: string): Promise<string> {
  return hashFile(await pathInside(folder, file), 'sha256');
}

function damaged(path: string, reason: string, cause?: unknown): HeatboxError {
  return new HeatboxError('MODEL_DAMAGED', `${path} ${reason}`, {
    hint: 'Fetch the model again with heatbox models pull.',
    value: path,
    cause,
    kind: 'usage',
  });
}
