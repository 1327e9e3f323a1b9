import { HeatboxError } from '../../error.ts';

/** A file of an archive. */
export interface TarEntry {
  /** As it is stored, with `/` between folders. */
  readonly path: string;
  readonly size: number;
  /** What is not read of it is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

const block = 512;
const terminal = { file: '0', oldFile: '\0', longName: 'L', pax: 'x' };

/**
 * Reads a tar archive: the regular files in it, in order, each to be read before the next. Takes what npm and tar write:
 * ustar with its prefixes, GNU's long names and pax headers; folders and links are left out.
 *
 * @throws HeatboxError `ARCHIVE_DAMAGED` where it is cut or no archive.
 */
export async function* readTar(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = byteReader(stream);
  let longPath: string | undefined;
  for (;;) {
    const header = await reader.exactly(block);
    if (header === undefined || header.every((byte) => byte === 0)) return;
    const { path, size, type } = parseHeader(header);
    const padding = (block - (size % block)) % block;
    if (type === terminal.longName || type === terminal.pax) {
      const data = Buffer.from((await reader.exactly(size)) ?? []);
      longPath = type === terminal.pax ? (paxPath(data) ?? longPath) : text(data);
      await reader.skip(padding);
      continue;
    }
    const body = reader.piecesOf(size);
    if (type === terminal.file || type === terminal.oldFile) yield { path: longPath ?? path, size, body };
    // What the reader has left of it.
    await reader.skip(body.left() + padding);
    longPath = undefined;
  }
}

/** POSIX.1-1988 ustar: name at 0, size at 124 in octal, checksum at 148, type at 156, prefix at 345. */
function parseHeader(header: Buffer): { path: string; size: number; type: string } {
  // The checksum is computed with its own field as spaces.
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (sum !== octal(header.subarray(148, 156))) throw damaged('a header has the wrong checksum');
  const ustar = text(header.subarray(257, 262)) === 'ustar';
  const prefix = ustar ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  const size = octal(header.subarray(124, 136));
  if (!Number.isSafeInteger(size)) throw damaged(`${name} has no size`);
  return { path: prefix === '' ? name : `${prefix}/${name}`, size, type: String.fromCharCode(header[156]!) };
}

/** Records of `LENGTH KEY=VALUE\n`; the length counts the whole record in bytes. */
function paxPath(data: Buffer): string | undefined {
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(32, at);
    const length = Number(data.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) throw damaged('a pax header cannot be read');
    const [, key, value] = /^([^=]+)=(.*)\n$/s.exec(data.toString('utf8', space + 1, at + length)) ?? [];
    if (key === 'path') return value;
    at += length;
  }
  return undefined;
}

function octal(field: Buffer): number {
  const digits = text(field).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** Takes a stream of chunks apart into pieces of wanted sizes. */
function byteReader(stream: AsyncIterable<Uint8Array>) {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);

  /** At least one byte and at most `most`; undefined at the end. */
  async function some(most: number): Promise<Uint8Array | undefined> {
    while (rest.length === 0) {
      const { done, value } = await chunks.next();
      if (done) return undefined;
      rest = value;
    }
    const piece = rest.subarray(0, most);
    rest = rest.subarray(piece.length);
    return piece;
  }

  function piecesOf(size: number): AsyncIterable<Uint8Array> & { left(): number } {
    let left = size;
    return {
      left: () => left,
      async *[Symbol.asyncIterator]() {
        while (left > 0) {
          const piece = await some(left);
          if (piece === undefined) throw damaged(`it ends ${left} bytes before the end of a file`);
          left -= piece.length;
          yield piece;
        }
      },
    };
  }

  return {
    piecesOf,
    /** Undefined at the end of the stream, which is only right between entries. */
    async exactly(size: number): Promise<Buffer | undefined> {
      const pieces: Uint8Array[] = [];
      for (let left = size; left > 0; ) {
        const piece = await some(left);
        if (piece === undefined && left === size) return undefined;
        if (piece === undefined) throw damaged('it ends in the middle of an entry');
        left -= piece.length;
        pieces.push(piece);
      }
      return Buffer.concat(pieces);
    },
    async skip(size: number): Promise<void> {
      for await (const _ of piecesOf(size)) {
        // Not wanted.
      }
    },
  };
}

function damaged(reason: string): HeatboxError {
  return new HeatboxError('ARCHIVE_DAMAGED', `the archive cannot be read: ${reason}`, { hint: 'Fetch it again.' });
}
