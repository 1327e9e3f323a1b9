import { pipeline } from 'node:stream/promises';
import { type Entry, extract } from 'tar-stream';
import { HeatboxError } from '../../error.ts';

/** A file of an archive. */
export interface TarEntry {
  /** As it is stored, with `/` between folders. */
  readonly path: string;
  readonly size: number;
  /** What is not read of it is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads a tar archive: the regular files in it, in order, each to be read before the next; folders and links are left out.
 *
 * @throws HeatboxError `ARCHIVE_DAMAGED` where it is cut or no archive.
 */
export async function* readTar(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const archive = extract({ allowUnknownFormat: true });
  // A failure of the stream is the archive's too, and is met there.
  const feeding = pipeline(stream, archive).catch(() => {});
  try {
    for await (const entry of archive) {
      const { name: path, size = 0, type } = entry.header;
      const { body, skip } = reading(entry);
      if (type === 'file') yield { path, size, body };
      await skip();
    }
  } catch (cause) {
    throw damaged(cause);
  } finally {
    archive.destroy();
    await feeding;
  }
}

/** Leaving a stream's own iterator early destroys the stream, and with it the archive. */
function reading(entry: Entry): { body: AsyncIterable<Uint8Array>; skip: () => Promise<void> } {
  const pieces = entry[Symbol.asyncIterator]();
  let done = false;

  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (done) return { done, value: undefined };
    const piece = await pieces.next().catch((cause: unknown) => {
      throw damaged(cause);
    });
    done = piece.done ?? false;
    return piece;
  }

  return {
    body: { [Symbol.asyncIterator]: () => ({ next }) },
    async skip() {
      while (!done) await next();
    },
  };
}

function damaged(cause: unknown): unknown {
  if (cause instanceof HeatboxError) return cause;
  return new HeatboxError('ARCHIVE_DAMAGED', `the archive cannot be read: ${(cause as Error).message}`, {
    hint: 'Fetch it again.',
    cause,
  });
}
