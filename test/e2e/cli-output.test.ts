import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runLineSchema } from '../../src/protocol/run-file.ts';
import { decodedFrames, heatbox, root, scratch, shortSample } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

// Whole processes, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });

const space = scratch();
const { path } = space;
const input = path('plant.mp4');
const tiny = () => ['--model', path('model')];
const program = join(root, 'dist/src/cli/main.js');

beforeAll(() => {
  writeTinyModel(path('model'));
  copyFileSync(shortSample, input);
});
afterAll(() => space.remove());

const linesOf = (ndjson: string) =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => runLineSchema.parse(JSON.parse(line)));

/** Runs a command line on a terminal. @returns what the terminal got. */
function onTerminal(line: string, env: Record<string, string> = {}): string {
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm', ...env },
  });
  return stdout;
}

describe('heatbox annotate', () => {
  it('without an output writes the video beside the input, and says in one line what it made', async () => {
    const { code, stdout, stderr } = await heatbox(['annotate', input, ...tiny()]);
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^\S+plant\.annotated\.mp4: 36 frames \(4 through the network\) in \d+\.\d s, \d+\.\d fps in (fp32|int8), \d+\.\d\d× real time, \d+ box(es)?, .*\d+ kB\n$/,
    );
    expect(await decodedFrames(path('plant.annotated.mp4'))).toBe(36);
  });

  it('with --json - and no -o writes a header, the frames and the totals to stdout, and no file', async () => {
    const before = space.files();
    const options = ['--labels', 'green,grey', '--stride', '4', '--top-k', '2', '--min-score', '0'];
    const { code, stdout, stderr } = await heatbox(['annotate', input, '--json', '-', ...tiny(), ...options]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^heatbox: looking for green: green \(1\); grey: grey \(3\)\nstdout: 36 frames \(9 through the network\)/,
    );
    const [header, ...rest] = linesOf(stdout);
    expect(header).toMatchObject({
      type: 'header',
      source: input,
      size: { width: 320, height: 240 },
      model: { name: 'tiny-colours' },
      options: { labels: ['green', 'grey'], stride: 4, topK: 2, provider: 'cpu' },
    });
    expect(rest.at(-1)).toMatchObject({ type: 'totals', frames: 36, analysed: 9, complete: true });
    const frames = rest.slice(0, -1).map((line) => (line.type === 'frame' ? line : undefined)!);
    expect(frames.map(({ frame }) => frame)).toEqual(Array.from({ length: 36 }, (_, index) => index));
    expect(frames.some(({ tracks }) => tracks.length > 0)).toBe(true);
    expect(frames.flatMap(({ tracks }) => tracks).every(({ label }) => ['green', 'grey'].includes(label))).toBe(true);
    expect(space.files()).toEqual(before);
  });

  it('names the options that do nothing without a video', async () => {
    const { code, lines } = await heatbox([
      ...['annotate', input, '--json', path('idle.ndjson'), ...tiny()],
      ...['--crf', '20', '--heatmap-opacity', '0.5'],
    ]);
    expect(code).toBe(0);
    expect(lines[0]).toBe('heatbox: without -o no video is written: --crf, --heatmap-opacity have no effect');
  });

  it('with --json and -o writes both, and with --force replaces both', async () => {
    const outputs = ['-o', path('both.mkv'), '--json', path('both.ndjson')];
    expect((await heatbox(['annotate', input, ...outputs, ...tiny()])).code).toBe(0);
    const first = readFileSync(path('both.ndjson'), 'utf8');
    const options = ['--force', '--quiet', '--duration', '0.5', '--heatmap', '--no-tracks'];
    const again = await heatbox(['annotate', input, ...outputs, ...tiny(), ...options]);
    expect(again).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(linesOf(first)).toHaveLength(38);
    expect(linesOf(readFileSync(path('both.ndjson'), 'utf8'))).toHaveLength(18);
    expect(await decodedFrames(path('both.mkv'))).toBe(16);
  });

  it('shows its progress on a terminal, and only there', async () => {
    const line = `${process.execPath} ${program} annotate ${input} -o ${path('shown.mp4')} --force ${tiny().join(' ')}`;
    const shown = onTerminal(line);
    expect(shown).toMatch(/[━─]{28} \d+% {2}\d+\/36 frames/);
    expect(shown).toMatch(/shown\.mp4: 36 frames \(4 through the network\) in/);
    // The cursor is back, and the bar gone.
    expect(shown.lastIndexOf('\x1b[?25h')).toBeGreaterThan(shown.lastIndexOf('\x1b[?25l'));
    expect(onTerminal(line, { TERM: 'dumb' })).not.toContain('\x1b');
    expect(onTerminal(`${line} --quiet`)).toBe('');
  });

  it('uses no colours', () => {
    const bad = `${process.execPath} ${program} annotate ${path('none.mp4')} --provider cuda`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape of a colour
    expect(onTerminal(bad, { NO_COLOR: '1' })).not.toMatch(/\x1b\[[\d;]*m/);
  });
});

describe('heatbox probe', () => {
  it('describes a source, for people and as JSON', async () => {
    const [text, json] = await Promise.all([heatbox(['probe', input]), heatbox(['probe', input, '--json'])]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/displayed +320×240/);
    expect(text.stdout).toMatch(/video +h264, yuv420p \(8 bit\), 30\.02 fps, 36 frames/);
    expect(JSON.parse(json.stdout)).toMatchObject({
      input,
      video: { codec: 'h264', display: { width: 320, height: 240 }, frameCount: 36, timestamps: 'container' },
      streams: [{ type: 'video' }, { type: 'audio', codec: 'aac' }],
    });
  });
});

describe('heatbox labels', () => {
  it('lists the classes that match a query, for people and as JSON', async () => {
    const [text, json] = await Promise.all([heatbox(['labels', '89']), heatbox(['labels', '89', '--json'])]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^ +89 {2}n01819313 {2}sulphur-crested cockatoo,[^\n]*\n$/);
    expect(JSON.parse(json.stdout)).toMatchObject({ index: 89, wnid: 'n01819313' });
  });

  it('lists a group with its classes below it', async () => {
    const { stdout } = await heatbox(['labels', 'cockatoo']);
    expect(stdout).toMatch(/^cockatoo \[n01819115, 1 class\]\n {2}sulphur-crested cockatoo,.* \(89\)\n$/);
  });

  it('lists those of another model', async () => {
    const { stdout } = await heatbox(['labels', ...tiny()]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(4);
  });
});

describe('heatbox --help', () => {
  it('loads no native library', () => {
    const listing = `data:text/javascript,import { readFileSync } from 'node:fs'; process.on('exit', () => process.stderr.write(readFileSync('/proc/self/maps', 'utf8')));`;
    for (const args of [['--help'], ['annotate', '--help'], ['--version']]) {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', listing, program, ...args], {
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      expect(stdout).not.toBe('');
      expect(stderr).toContain('/node');
      expect(stderr).not.toContain('.node\n');
    }
    expect(existsSync('/proc/self/maps')).toBe(true);
  });
});
