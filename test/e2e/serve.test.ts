import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, take, takeWhile, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { events } from '../../src/client/node.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const CLI = join(packageRoot(), 'dist/src/cli/main.js');
const CLIP = join(packageRoot(), 'samples/realshort.mp4');

describe('heatbox serve', () => {
  let folder: string;
  let server: ChildProcess;
  let url: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatbox-serve-'));
    writeTinyModel(join(folder, 'model'));
  });
  afterEach(async () => {
    if (server.exitCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true });
  });

  async function serve(streams: object[]): Promise<void> {
    const config = join(folder, 'serve.yaml');
    writeFileSync(
      config,
      JSON.stringify({ model: join(folder, 'model'), engine: { threads: 1 }, log: { folder: 'log' }, streams }),
    );
    server = spawn(process.execPath, [CLI, 'serve', config, '--port', '0', '--log-level', 'silent'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    for await (const chunk of server.stderr!) {
      said += chunk;
      url = /at (http:\S+?);/.exec(said)?.[1] ?? '';
      if (url !== '') return;
    }
    throw new Error(`the server ended: ${said}`);
  }

  const metric = async (name: string, label: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(
      new RegExp(`^heatbox_${name}\\{?[^\\n]*${label}[^\\n]* (\\d+(?:\\.\\d+)?)$`, 'm').exec(text)?.[1] ?? Number.NaN,
    );
  };

  it('publishes a file as one session: started, tracks, frames, ended', async () => {
    await serve([{ name: 'pot', source: CLIP, minScore: 0, policy: 'lossless' }]);
    const seen = await firstValueFrom(
      events(url, {
        from: 1,
        delivery: 'every',
        filters: {
          types: ['stream.started', 'stream.state', 'track.started', 'track.updated', 'track.ended', 'frame'],
        },
      }).pipe(
        takeWhile((event) => event.type !== 'stream.state' || event.state !== 'ended', true),
        toArray(),
      ),
    );
    const types = seen.map(({ type }) => type);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    expect(types.filter((type) => type === 'frame')).toHaveLength(36);
    expect(seen.find(({ type }) => type === 'stream.started')).toMatchObject({ size: { width: 320, height: 240 } });
    expect(types.filter((type) => type === 'track.ended')).toHaveLength(
      types.filter((type) => type === 'track.started').length,
    );
    expect(types.filter((type) => type === 'track.started').length).toBeGreaterThan(0);

    const ended = seen.find((event) => event.type === 'track.ended');
    const crop = ended?.type === 'track.ended' ? ended.best.crop : null;
    expect(crop).not.toBeNull();
    const picture = await fetch(new URL(crop!, url));
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
    expect([...new Uint8Array(await picture.arrayBuffer())].slice(0, 3)).toEqual([0xff, 0xd8, 0xff]);
  });

  it('takes two streams of different pace through one engine, fairly and in shared batches', async () => {
    await serve([
      { name: 'every', source: CLIP, minScore: 0, policy: 'lossless', loop: true },
      { name: 'third', source: CLIP, minScore: 0, policy: 'lossless', loop: true, stride: 3 },
    ]);
    // Both get well into a second round of their clip, within what the slowest machine needs.
    const analysed = (stream: string) => metric('frames_analysed_total', stream);
    await expect.poll(() => analysed('third'), { timeout: 45_000, interval: 500 }).toBeGreaterThan(18);
    await expect.poll(() => analysed('every'), { timeout: 45_000, interval: 500 }).toBeGreaterThan(54);
    const runs = await metric('batch_size_frames_count', '');
    expect((await metric('batch_size_frames_sum', '')) / runs).toBeGreaterThan(1.5);
  });

  it('says that a stream has failed and why, and serves the others', async () => {
    await serve([
      { name: 'gone', source: 'missing.mp4' },
      { name: 'pot', source: CLIP, minScore: 0, policy: 'lossless' },
    ]);
    const seen = await firstValueFrom(
      events(url, { from: 1, filters: { types: ['stream.state'] } }).pipe(
        filter(({ state }) => state === 'failed' || state === 'ended'),
        take(2),
        toArray(),
      ),
    );
    expect(seen).toContainEqual(expect.objectContaining({ stream: 'pot', state: 'ended' }));
    expect(seen).toContainEqual(
      expect.objectContaining({
        stream: 'gone',
        state: 'failed',
        reason: expect.stringContaining('no such input file'),
      }),
    );
  });

  it('shows the credentials of a source nowhere', async () => {
    await serve([{ name: 'cam', source: 'http://user:p@ss/word@127.0.0.1:9/x.mp4' }]);
    let said = '';
    server.stderr!.on('data', (chunk) => {
      said += chunk;
    });
    const seen = await firstValueFrom(
      events(url, { from: 1 }).pipe(
        takeWhile((event) => event.type !== 'stream.state' || event.state !== 'reconnecting', true),
        toArray(),
      ),
    );
    const pages = ['/metrics', '/readyz', '/healthz'].map(async (path) => (await fetch(url + path)).text());
    const everything = [JSON.stringify(seen), said, ...(await Promise.all(pages))].join('\n');
    expect(everything).toContain('***@127.0.0.1:9/x.mp4');
    expect(everything).not.toMatch(/p@ss|ss\/word|user:/);
  });

  it('ends its tracks and itself on SIGTERM', async () => {
    await serve([{ name: 'pot', source: CLIP, minScore: 0, policy: 'lossless', loop: true }]);
    await firstValueFrom(events(url, { from: 1, filters: { types: ['track.started'] } }));
    server.kill('SIGTERM');
    const [code] = await once(server, 'exit');
    expect(code).toBe(0);
  });
});
