/** Archives for tests, by the letter of POSIX ustar. */
import { gzipSync } from 'node:zlib';

export interface TarFile {
  readonly path: string;
  readonly data?: Uint8Array | string;
  /** `0` is a file, `5` a folder, `2` a symbolic link. */
  readonly type?: string;
  readonly prefix?: string;
}

export function makeTar(files: readonly TarFile[]): Buffer {
  return Buffer.concat([...files.map(entry), Buffer.alloc(1024)]);
}

export function makeTgz(files: readonly TarFile[]): Buffer {
  return gzipSync(makeTar(files));
}

function entry({ path, data = '', type = '0', prefix = '' }: TarFile): Buffer {
  const body = Buffer.from(data);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
