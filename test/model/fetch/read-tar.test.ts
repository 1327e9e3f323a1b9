import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar } from '../../../src/model/fetch/read-tar.ts';
import { missing } from '../../support/tools.ts';
import { makeTar } from './make-tar.ts';

describe('a tar archive', () => {
  it('is read the same however its bytes come in chunks', async () => {
    const files = [
      { path: 'package/empty' },
      { path: 'package/full', data: 'x'.repeat(512) },
      { path: 'package/odd', data: 'y'.repeat(1025) },
    ];
    const archive = makeTar(files);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), async (sizes) => {
        expect(await contents(archive, sizes)).toEqual(files.map(({ path, data = '' }) => [path, data]));
      }),
      { numRuns: 50 },
    );
  });

  it('has long names in three ways', async () => {
    const long = `package/${'folder/'.repeat(30)}file`;
    const record = ` path=${long}\n`;
    const length = record.length + String(record.length + 3).length;
    const files = [
      { path: 'file', prefix: 'package/sub', data: 'prefix' },
      { path: '././@LongLink', type: 'L', data: `${long}\0` },
      { path: long.slice(0, 100), data: 'gnu' },
      { path: 'PaxHeader/x', type: 'x', data: `11 mtime=1\n${length}${record}` },
      { path: 'short', data: 'pax' },
      { path: 'after', data: 'own name again' },
    ];
    expect(await contents(makeTar(files))).toEqual([
      ['package/sub/file', 'prefix'],
      [long, 'gnu'],
      [long, 'pax'],
      ['after', 'own name again'],
    ]);
  });

  it('is read without its folders and links', async () => {
    const files = [
      { path: 'package/', type: '5' },
      { path: 'package/link', type: '2' },
      { path: 'package/file', data: 'x' },
    ];
    expect(await contents(makeTar(files))).toEqual([['package/file', 'x']]);
  });

  it('goes on behind a file of which only a part was read', async () => {
    const archive = makeTar([
      { path: 'a', data: 'a'.repeat(3000) },
      { path: 'b', data: 'b' },
    ]);
    const seen: string[] = [];
    for await (const { path, body } of readTar(chunked(archive, [700]))) {
      for await (const _ of body) break;
      seen.push(path);
    }
    expect(seen).toEqual(['a', 'b']);
  });

  it.each([
    ['is cut in a file', makeTar([{ path: 'a', data: 'a'.repeat(3000) }]).subarray(0, 2000), /end of data/],
    ['is cut in a header', makeTar([{ path: 'a' }]).subarray(0, 200), /end of data/],
    ['is something else', Buffer.alloc(2048, 'x'), /tar header/],
  ])('is refused when it %s', async (_, archive, message) => {
    await expect(contents(archive)).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringMatching(message),
    });
  });

  it.skipIf(missing('tar', '--version')).each(['ustar', 'gnu', 'pax'])(
    'is read as tar writes it (%s)',
    async (format) => {
      const folder = mkdtempSync(join(tmpdir(), 'heatbox-tar-'));
      const name = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
      mkdirSync(join(folder, 'd'.repeat(90)));
      writeFileSync(join(folder, name), 'long');
      writeFileSync(join(folder, 'short'), 'z'.repeat(100_000));
      const archive = execFileSync('tar', ['-c', `--format=${format}`, '-C', folder, 'short', name], {
        maxBuffer: 2 ** 24,
      });
      expect(await contents(archive)).toEqual([
        ['short', 'z'.repeat(100_000)],
        [name, 'long'],
      ]);
      rmSync(folder, { recursive: true });
    },
  );
});

async function contents(archive: Buffer, sizes = [10_000]): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (const { path, size, body } of readTar(chunked(archive, sizes))) {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    const data = Buffer.concat(pieces);
    expect(data).toHaveLength(size);
    files.push([path, data.toString()]);
  }
  return files;
}

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
