import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HeatboxError } from '../../error.ts';
import type { Source } from '../files/registry.ts';
import { readTar } from './read-tar.ts';

/**
 * Puts what a source has of a model into a folder, each file under the last part of its name.
 *
 * @param path - the source's file: a `.tgz`, or the only file itself.
 * @throws HeatboxError `ARCHIVE_DAMAGED`; `ARCHIVE_INCOMPLETE` where something that should be in it is not.
 */
export async function unpack(source: Source, path: string, folder: string): Promise<void> {
  const wanted = source.files;
  if (wanted === undefined) {
    const name =
      'file' in source && source.file ? source.file : posix.basename(new URL((source as { url: string }).url).pathname);
    await copyFile(path, join(folder, name));
    return;
  }
  const missing = new Set(wanted);
  const bytes = pipelineInto(path);
  for await (const { path: inside, body } of readTar(bytes)) {
    // npm puts everything into one folder, most often `package`.
    const name = 'npm' in source ? inside.split('/').slice(1).join('/') : inside;
    const match = wanted.find((pattern) => pattern === name || pattern === `${posix.dirname(name)}/*`);
    const file = posix.basename(name);
    if (match === undefined || !/^[\w-][\w.-]*$/.test(file)) continue;
    await pipeline(body, createWriteStream(join(folder, file), { flags: 'wx' }));
    missing.delete(match);
  }
  if (missing.size > 0) {
    throw new HeatboxError('ARCHIVE_INCOMPLETE', `the archive has no ${[...missing].join(', ')}`, {
      value: [...missing],
      hint: 'The registry does not fit the archive; please report it.',
    });
  }
}

function pipelineInto(path: string): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  const source = createReadStream(path, { highWaterMark: 1 << 18 });
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => source.destroy());
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
      } catch (cause) {
        throw new HeatboxError('ARCHIVE_DAMAGED', `the archive cannot be unpacked: ${(cause as Error).message}`, {
          hint: 'Fetch it again.',
          cause,
        });
      }
    },
  };
}
