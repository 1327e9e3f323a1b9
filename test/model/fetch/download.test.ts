import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, download } from '../../../src/model/fetch/download.ts';
import {
  type Answer,
  corrupt,
  cutAfter,
  endless,
  type Loopback,
  proxy,
  serve,
  stallAfter,
  status,
  whole,
} from './loopback.ts';

const bytes = randomBytes(300_000);
const digest = { algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') } as const;

let folder: string;
let server: Loopback | undefined;
let saved: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heatbox-fetch-'));
  saved = { ...process.env };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    delete process.env[name];
    delete process.env[name.toLowerCase()];
  }
});
afterEach(async () => {
  process.env = saved;
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

describe('a download', () => {
  it('is there when it is whole, with nothing beside it', async () => {
    await fetchFrom();
    expect(await readdir(folder)).toEqual(['file']);
    // Asked for once: the second time it is there.
    await fetchFrom();
    expect(server!.starts).toEqual([0]);
  });

  it('says how far it is', async () => {
    const seen: number[] = [];
    await fetchFrom([cutAfter(100_000)], { onProgress: (received) => seen.push(received) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(bytes.length);
  });

  it('goes on where the connection was cut, however often', async () => {
    await fetchFrom(Array.from({ length: 12 }, () => cutAfter(20_000)));
    const { starts } = server!;
    expect(starts).toHaveLength(13);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect(starts.at(-1)).toBeGreaterThanOrEqual(200_000);
  });

  it('leaves a connection over which nothing comes any more, and goes on over another', async () => {
    await fetchFrom([stallAfter(50_000), stallAfter(0)]);
    expect(server!.starts).toEqual([0, 50_000, 50_000]);
  });

  it('begins again with a server that knows no ranges', async () => {
    await fetchFrom([cutAfter(50_000), whole]);
    expect(server!.starts).toEqual([0, 50_000]);
  });

  it('follows redirects', async () => {
    await fetchFrom([status(302, { location: '/elsewhere' })]);
    expect(server!.paths).toEqual(['/file.bin', '/elsewhere']);
  });

  it('waits for a server in trouble', async () => {
    await fetchFrom([status(503), status(429)]);
    expect(server!.starts).toHaveLength(3);
  });

  it('goes on from what an earlier process left', async () => {
    // No process has this number.
    await writeFile(join(folder, `file.${hostname()}.99999999.00c0ffee.part`), bytes.subarray(0, 123_456));
    await fetchFrom();
    expect(server!.starts).toEqual([123_456]);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('leaves alone what another process is writing', async () => {
    const other = `file.${hostname()}.${process.ppid}.00c0ffee.part`;
    await writeFile(join(folder, other), bytes.subarray(0, 1000));
    await fetchFrom();
    expect(server!.starts).toEqual([0]);
    expect((await readdir(folder)).sort()).toEqual(['file', other].sort());
  });

  it.each([
    ['are wrong', () => randomBytes(100_000)],
    ['are too many', () => randomBytes(400_000)],
    ['have the wrong end', () => Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)])],
  ])('begins again when the bytes left from before %s', async (_, left) => {
    await writeFile(join(folder, `file.${hostname()}.99999999.00c0ffee.part`), left());
    await fetchFrom();
    expect(server!.starts.at(-1)).toBe(0);
  });

  it('can be made by several at once, each without harm to the others', async () => {
    const answers: Answer[] = [cutAfter(1000), stallAfter(2000), cutAfter(3000)];
    server = await serve(bytes, answers);
    await Promise.all(Array.from({ length: 4 }, () => fetchFrom()));
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('goes through the proxy that the environment names, but not to hosts it excepts', async () => {
    const through = await proxy();
    process.env.HTTP_PROXY = through.url;
    await fetchFrom([cutAfter(1000)]);
    expect(through.targets).toEqual([server!.url.host, server!.url.host]);
    await rm(join(folder, 'file'));
    process.env.NO_PROXY = '127.0.0.1';
    await fetchFrom();
    expect(through.targets).toHaveLength(2);
    await through.close();
  });
});

describe('a download fails', () => {
  it('when it is another file, and keeps nothing of it', async () => {
    await expect(fetchFrom([corrupt])).rejects.toMatchObject({
      code: 'FETCH_CORRUPT',
      message: expect.stringContaining(digest.hex.slice(0, 16)),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('when it does not end', async () => {
    await expect(fetchFrom([endless])).rejects.toMatchObject({ code: 'FETCH_CORRUPT' });
    for (const name of await readdir(folder)) expect(await readFile(join(folder, name))).toHaveLength(0);
  });

  it('when nothing comes, and says how much there is', async () => {
    const never = Array.from({ length: 3 }, () => stallAfter(0));
    await expect(fetchFrom([cutAfter(5000), ...never])).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringContaining('5000 of 300000 bytes came'),
      hint: expect.stringContaining('goes on from there'),
    });
    await fetchFrom();
    expect(server!.starts.at(-1)).toBe(5000);
  });

  it('when there is no server', async () => {
    server = await serve(bytes);
    await server.close();
    const failure = { code: 'FETCH_FAILED', message: expect.stringContaining('ECONNREFUSED') };
    await expect(fetchFrom()).rejects.toMatchObject(failure);
  });

  it.each([401, 403, 404])('at once when the server says %i', async (code) => {
    await expect(fetchFrom([status(code)])).rejects.toMatchObject({ code: 'FETCH_REFUSED', value: code });
    expect(server!.starts).toHaveLength(1);
  });

  it('when redirects go in circles', async () => {
    const circle = Array.from({ length: 60 }, () => status(302, { location: '/file.bin' }));
    await expect(fetchFrom(circle)).rejects.toMatchObject({ code: expect.stringMatching(/^FETCH_/) });
  });

  it('without a network when it is told to use none, and says where to put the file', async () => {
    await expect(fetchFrom([], { offline: true })).rejects.toMatchObject({
      code: 'FETCH_OFFLINE',
      kind: 'usage',
      hint: expect.stringContaining(join(folder, 'file')),
    });
    expect(server!.starts).toEqual([]);
    await writeFile(join(folder, 'file'), bytes);
    await fetchFrom([], { offline: true });
  });

  it('when it is given up, keeping what came', async () => {
    const controller = new AbortController();
    const stop = (received: number) => received >= 10_000 && controller.abort();
    await expect(
      fetchFrom([stallAfter(10_000)], { signal: controller.signal, onProgress: stop, stallMs: 60_000 }),
    ).rejects.toThrow();
    await fetchFrom();
    expect(server!.starts).toEqual([0, 10_000]);
  });

  it('without showing the password in the URL', async () => {
    server = await serve(bytes, [status(404)]);
    const url = new URL(server.url);
    url.username = 'me';
    url.password = 'secret';
    await expect(fetchFrom([], { url })).rejects.toMatchObject({ message: expect.not.stringContaining('secret') });
  });
});

/** Fetches the file from the server, which is started with these answers if there is none yet. */
async function fetchFrom(answers: Answer[] = [], options: Partial<DownloadOptions> = {}): Promise<void> {
  server ??= await serve(bytes, answers);
  const path = join(folder, 'file');
  await download({ url: server.url, path, digest, bytes: bytes.length, stallMs: 150, attempts: 3, ...options });
  expect((await readFile(path)).equals(bytes)).toBe(true);
}
