import { open } from 'node:fs/promises';

const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Reads the whole lines of a file, a chunk's worth at a time, without their newlines. What stands behind the last
 * newline is not a line yet. Ends at the end the file has when it gets there.
 */
export async function* readLines(path: string): AsyncGenerator<Buffer[]> {
  const handle = await open(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK);
      if (bytesRead === 0) return;
      const data = rest.length ? Buffer.concat([rest, buffer.subarray(0, bytesRead)]) : buffer.subarray(0, bytesRead);
      const lines: Buffer[] = [];
      let start = 0;
      for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
        if (end > start) lines.push(data.subarray(start, end));
        start = end + 1;
      }
      rest = data.subarray(start);
      if (lines.length > 0) yield lines;
    }
  } finally {
    await handle.close();
  }
}
