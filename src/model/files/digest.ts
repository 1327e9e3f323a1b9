import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Source } from './registry.ts';

/** What a file must hash to. */
export interface Digest {
  readonly algorithm: 'sha256' | 'sha512';
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

export function digestOf(source: Source): Digest {
  return 'npm' in source
    ? { algorithm: 'sha512', hex: Buffer.from(source.integrity.replace(/^sha512-/, ''), 'base64').toString('hex') }
    : { algorithm: 'sha256', hex: source.sha256 };
}

/** The hash of a file, lower-case hexadecimal. */
export async function hashFile(path: string, algorithm: Digest['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
