import { open } from 'node:fs/promises';

const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;
/** No event is that long: such a line is passed over. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Reads the whole lines of a file, a chunk's worth at a time, without their newlines. What stands behind the last
 * newline is not a line yet, and a line of more than 16 MiB is left out. Takes time in proportion to the file, and memory
 * to its longest line. Ends at the end the file has when it gets there.
 */
export async function* readLines(path: string): AsyncGenerator<Buffer[]> {
  const handle = await open(path, 'r');
  try {
    // Of a line whose end has not come: put together once, when it comes.
    let pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK);
      if (bytesRead === 0) return;
      const data = buffer.subarray(0, bytesRead);
      const lines: Buffer[] = [];
      let start = 0;
      for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
        length += end - start;
        if (length > 0 && length <= MOST_BYTES) {
          const last = data.subarray(start, end);
          lines.push(pieces.length > 0 ? Buffer.concat([...pieces, last]) : last);
        }
        pieces = [];
        length = 0;
        start = end + 1;
      }
      length += data.length - start;
      if (length > MOST_BYTES) pieces = [];
      else if (start < data.length) pieces.push(data.subarray(start));
      if (lines.length > 0) yield lines;
    }
  } finally {
    await handle.close();
  }
}
