import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { command, decodedFrames, type Running, root, scratch, shortSample, start } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const OLD = 'what was there before';
// Whole processes, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });

const space = scratch();
const { path } = space;
const long = path('long.mp4');
const FRAMES = 60 * 36;
const running: Running[] = [];

beforeAll(async () => {
  writeTinyModel(path('model'));
  await command('ffmpeg', '-v', 'error', '-stream_loop', '59', '-i', shortSample, '-c', 'copy', long);
});
afterEach(() => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => space.remove());

function annotate(...options: string[]): Running {
  const run = start(['annotate', long, '--model', path('model'), ...options]);
  running.push(run);
  return run;
}

const temporaries = () => space.files().filter((name) => name.endsWith('.tmp'));

async function until<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  for (const end = Date.now() + 150_000; Date.now() < end; await wait(10)) {
    const value = probe();
    if (value) return value;
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Until a good part of the video is written; the whole has some four megabytes. */
const underWay = () =>
  until('a part of the output', () => temporaries().find((name) => statSync(path(name)).size > 150_000));

/** A run whose boxes go into a pipe that nobody reads yet: it comes to rest when the pipe is full, well before its end. */
async function stalled(output: string) {
  const pipe = path(`pipe-${running.length}-${output}`);
  await command('mkfifo', pipe);
  const run = annotate(
    '-o',
    path(output),
    '--force',
    '--json',
    pipe,
    '--top-k',
    '4',
    '--min-score',
    '0',
    '--no-tracks',
  );
  const lines = createInterface({ input: createReadStream(pipe) });
  await new Promise((resolve) => lines.once('line', resolve));
  lines.pause();
  await underWay();
  return { run, lines };
}

function totalsOf(ndjson: string): { frames: number; complete: boolean } {
  return JSON.parse(ndjson.trimEnd().split('\n').at(-1)!);
}

describe('a run that is interrupted', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s leaves a playable file of what was done', async (signal) => {
    const output = path(`${signal}.mp4`);
    const json = path(`${signal}.ndjson`);
    writeFileSync(output, OLD);
    const { child, outcome } = annotate('-o', output, '--json', json, '--force');
    await underWay();
    child.kill(signal);
    const { code, stderr, stdout, lines } = await outcome;
    expect(code).toBe(130);
    expect(stdout).toBe('');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^heatbox: interrupted: finishing what was decoded/);
    const { frames, complete } = totalsOf(readFileSync(json, 'utf8'));
    expect(stderr).toContain(`interrupted; ${frames} frames`);
    expect(complete).toBe(false);
    expect(frames).toBeLessThan(FRAMES);
    expect(await decodedFrames(output)).toBe(frames);
    expect(temporaries()).toEqual([]);
  });

  it('waits for a slow reader of its boxes', async () => {
    const { run, lines } = await stalled('slow.mp4');
    run.child.kill('SIGINT');
    let last = '';
    lines.on('line', (line) => {
      last = line;
    });
    lines.resume();
    expect((await run.outcome).code).toBe(130);
    const { frames, complete } = totalsOf(last);
    expect(complete).toBe(false);
    expect(frames).toBeLessThan(FRAMES);
    expect(await decodedFrames(path('slow.mp4'))).toBe(frames);
  });

  it('a second time ends at once, with the old file as it was and nothing else', async () => {
    writeFileSync(path('twice.mp4'), OLD);
    const { run } = await stalled('twice.mp4');
    run.child.kill('SIGINT');
    await until('the first to be heard', () => run.heard().includes('once more drops it'));
    run.child.kill('SIGTERM');
    expect((await run.outcome).code).toBe(130);
    expect(readFileSync(path('twice.mp4'), 'utf8')).toBe(OLD);
    expect(temporaries()).toEqual([]);
  });

  it('while it starts ends at once and leaves nothing', async () => {
    const run = start(['annotate', long, '--json', path('early.ndjson')]);
    running.push(run);
    await until('the start', () => temporaries().length > 0);
    run.child.kill('SIGINT');
    expect(await run.outcome).toMatchObject({ code: 130, stderr: '' });
    expect(existsSync(path('early.ndjson'))).toBe(false);
    expect(temporaries()).toEqual([]);
  });

  it('by SIGKILL leaves its temporary file, and never half of the output', async () => {
    writeFileSync(path('killed.mp4'), OLD);
    const { child, outcome } = annotate('-o', path('killed.mp4'), '--force');
    await underWay();
    child.kill('SIGKILL');
    expect((await outcome).code).toBe(137);
    expect(readFileSync(path('killed.mp4'), 'utf8')).toBe(OLD);
    expect(temporaries()).toHaveLength(1);
  });
});

describe('a run that is done', () => {
  it('ends by itself at once: nothing lingers', async () => {
    const { child, outcome } = start(['annotate', shortSample, '-o', path('done.mp4'), '--model', path('model')]);
    let summary = 0;
    child.stderr!.once('data', () => {
      summary = performance.now();
    });
    expect((await outcome).code).toBe(0);
    // The media thread's time of grace is 5 s: an end that needed it shows.
    expect(performance.now() - summary).toBeLessThan(3000);
  });

  it('does not need a reader of stderr', async () => {
    const program = join(root, 'dist/src/cli/main.js');
    const line = `${process.execPath} ${program} annotate ${shortSample} -o ${path('deaf.mp4')} --model ${path('model')} 2> >(exit 0)`;
    expect(spawnSync('bash', ['-c', line]).status).toBe(0);
    expect(await decodedFrames(path('deaf.mp4'))).toBe(36);
  });
});
