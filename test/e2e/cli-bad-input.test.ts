import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command, decodedFrames, heatbox, type Outcome, root, scratch, shortSample } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { skipped } from '../support/tools.ts';

const OLD = 'what was there before';
// Whole processes, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });

const space = scratch();
const { path } = space;
const tiny = () => ['--model', path('model')];

beforeAll(async () => {
  writeTinyModel(path('model'));
  mkdirSync(path('folder'));
  writeFileSync(path('empty.mp4'), '');
  writeFileSync(path('text.mp4'), 'This is a letter, not a video.\n'.repeat(200));
  writeFileSync(path('old.mp4'), OLD);
  writeFileSync(path('old.ndjson'), OLD);
  // The sample keeps its index at the end; the copy has it in front.
  copyFileSync(shortSample, path('no-index.mp4'));
  truncateSync(path('no-index.mp4'), 60_000);
  await command('ffmpeg', '-v', 'error', '-i', shortSample, '-c', 'copy', '-movflags', '+faststart', path('cut.mp4'));
  truncateSync(path('cut.mp4'), 60_000);
  await command('mkfifo', path('pipe'));
  await command('ffmpeg', '-v', 'error', '-i', shortSample, '-vn', '-c:a', 'copy', path('sound.m4a'));
});
afterAll(() => {
  expect(space.files().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  space.remove();
});

/** One line on stderr that starts with the code and goes on with what is wrong and what to do; nothing on stdout. */
function expectFailure(outcome: Outcome, code: string, exit: number, ...says: (string | RegExp)[]): void {
  expect(outcome.stderr).toMatch(new RegExp(`^heatbox: ${code}: [^\\n]*[.?]\\n$`));
  for (const text of says) expect(outcome.stderr).toMatch(text);
  expect(outcome.stdout).toBe('');
  expect(outcome.code).toBe(exit);
}

describe('an input that cannot be annotated is named, with what to do, and nothing is written', () => {
  it.concurrent.each([
    ['a missing file', 'none.mp4', 'SOURCE_NOT_FOUND', 'none.mp4'],
    ['an empty folder', 'folder', 'SOURCE_NOT_FOUND', 'no video and no picture'],
    ['an empty file', 'empty.mp4', 'SOURCE_EMPTY', 'empty.mp4'],
    ['a text file', 'text.mp4', 'SOURCE_(UNREADABLE|NO_VIDEO)', 'text.mp4'],
    ['an MP4 without its index', 'no-index.mp4', 'SOURCE_UNREADABLE', 'has no index'],
    ['sound alone', 'sound.m4a', 'SOURCE_NO_VIDEO', 'sound.m4a'],
    ['a pipe', 'pipe', 'SOURCE_NOT_FILE', 'a pipe'],
    ['a sequence without images', 'frame%04d.png', 'SOURCE_NOT_FOUND', '%04d'],
  ])('%s', async (_what, name, code, says) => {
    const output = path(`out of ${name}.mp4`);
    const outcome = await heatbox(['annotate', path(name), '-o', output, ...tiny()]);
    expectFailure(outcome, code, 2, says);
    expect(existsSync(output)).toBe(false);
  });

  it.each(['-', '/dev/zero'])('%s', async (input) => {
    expectFailure(await heatbox(['annotate', input, '-o', path('x.mp4'), ...tiny()]), 'SOURCE_NOT_FILE', 2, input);
  });

  it('a file that may not be read', () => {
    copyFileSync(shortSample, path('private.mp4'));
    chmodSync(path('private.mp4'), 0);
    const outcome = unprivileged(['annotate', path('private.mp4'), '-o', path('unreadable.mp4'), ...tiny()]);
    expectFailure(outcome, 'SOURCE_NO_PERMISSION', 2, 'private.mp4');
  });
});

describe('a damaged input yields what can be decoded', () => {
  it('a file cut in the middle: what is before the cut, and a warning', async () => {
    const output = path('before the cut.mp4');
    const json = path('before the cut.ndjson');
    const outcome = await heatbox(['annotate', path('cut.mp4'), '-o', output, '--json', json, ...tiny()]);
    expect(outcome.code).toBe(0);
    expect(outcome.lines[0]).toMatch(/^heatbox: warning: SOURCE_TRUNCATED: .*cut\.mp4 ends early, after \d\.\d+ s/);
    const frames = await decodedFrames(output);
    expect(frames).toBeGreaterThan(10);
    expect(frames).toBe(await decodedFrames(path('cut.mp4')));
    expect(lastLine(json)).toMatchObject({ type: 'totals', frames, complete: false });
  });

  it('damaged packets: the frames around them, and a warning', async () => {
    const bytes = readFileSync(shortSample);
    // Within the coded pictures, which come first in this file.
    for (let at = 30_000; at < 31_500; at++) bytes[at] = (bytes[at]! * 7 + 13) & 0xff;
    writeFileSync(path('damaged.mp4'), bytes);
    const output = path('around the damage.mp4');
    const outcome = await heatbox(['annotate', path('damaged.mp4'), '-o', output, ...tiny()]);
    expect(outcome.code).toBe(0);
    expect(outcome.lines.filter((line) => line.includes('warning: PACKET_DAMAGED'))).toHaveLength(1);
    expect(await decodedFrames(output)).toBeGreaterThan(25);
  });
});

describe('an output that cannot be written is refused before any work', () => {
  it('in a folder that does not exist', async () => {
    const outcome = await heatbox(['annotate', shortSample, '-o', path('nowhere/x.mp4')]);
    expectFailure(outcome, 'OUTPUT_FOLDER_MISSING', 2, path('nowhere'));
  });

  it.concurrent.each(['--json', '-o'])('%s that exists, without --force, and leaves it as it was', async (option) => {
    const old = path(option === '-o' ? 'old.mp4' : 'old.ndjson');
    const outcome = await heatbox(['annotate', shortSample, option, old, ...tiny()]);
    expectFailure(outcome, 'OUTPUT_EXISTS', 2, '--force');
    expect(readFileSync(old, 'utf8')).toBe(OLD);
  });

  it('that is the input under another name, even with --force', async () => {
    copyFileSync(shortSample, path('in.mp4'));
    symlinkSync(path('in.mp4'), path('link.mp4'));
    const outcome = await heatbox(['annotate', path('in.mp4'), '-o', path('link.mp4'), '--force']);
    expectFailure(outcome, 'OUTPUT_IS_INPUT', 2, 'link.mp4');
    expect(readFileSync(path('in.mp4'))).toEqual(readFileSync(shortSample));
  });

  it('that is both the video and the NDJSON', async () => {
    const args = ['annotate', shortSample, '-o', path('both.mp4'), '--json', path('folder/../both.mp4')];
    expectFailure(await heatbox(args), 'OUTPUT_SAME', 2, 'both.mp4');
  });

  it('in a folder that may not be written', () => {
    mkdirSync(path('closed'), { mode: 0o555 });
    const outcome = unprivileged(['annotate', shortSample, '-o', path('closed/x.mp4')]);
    expectFailure(outcome, 'OUTPUT_NO_PERMISSION', 2, 'closed');
  });
});

describe('a bad option is named, with what it may be', () => {
  it.concurrent.each([
    [['--threshold', '1.5'], 'BAD_VALUE', '--threshold "1.5" is not a number from 0.01 to 0.99'],
    [['--input-size', '100x60'], 'BAD_INPUT_SIZE', '104x64'],
    [['--labels', 'gren'], 'LABEL_UNKNOWN', "Did you mean 'green'"],
    [['--encoder', 'libx246'], 'ENCODER_UNKNOWN', 'Did you mean libx264'],
    [['--preset', 'fsat'], 'ENCODER_PRESET', 'Did you mean fast'],
    [['--crf', '60'], 'ENCODER_QUALITY', '0 to 51'],
    [['-o', path('x.webm'), '--encoder', 'libx264'], 'ENCODER_CONTAINER', '--encoder lib'],
    [['--model', 'resnet51'], 'MODEL_NOT_FOUND', 'resnet50-imagenet'],
    [['--provider', 'cdua'], 'ENGINE_PROVIDER', 'Did you mean cuda'],
    [['--hwaccel', 'cuda'], 'HWACCEL_UNAVAILABLE', '--hwaccel'],
    [['--start', '99'], 'SOURCE_NO_FRAMES', '--start'],
    [['--start', '1:99'], 'BAD_VALUE', '--start "1:99" is not a time'],
    [['--strid', '2'], 'USAGE', 'Did you mean --stride?'],
  ])('%j', async (options, code, says) => {
    const output = options.includes('-o') ? [] : ['-o', path('unused.mp4')];
    const model = options.includes('--model') ? [] : tiny();
    expectFailure(await heatbox(['annotate', shortSample, ...output, ...model, ...options]), code, 2, says);
    expect(existsSync(path('unused.mp4'))).toBe(false);
  });

  it('an unknown command', async () => {
    expectFailure(await heatbox(['anotate', shortSample]), 'USAGE', 2, 'Did you mean annotate?');
  });
});

describe('a model that is not what it should be', () => {
  it('a network with one bit flipped', async () => {
    writeTinyModel(path('flipped'));
    const file = path('flipped/model.onnx');
    const bytes = readFileSync(file);
    bytes[200]! ^= 1;
    writeFileSync(file, bytes);
    const outcome = await heatbox(['annotate', shortSample, '-o', path('unused.mp4'), '--model', path('flipped')]);
    expectFailure(outcome, 'MODEL_DAMAGED', 2, 'flipped/model.onnx', 'sha256');
  });
});

describe('a full disk', () => {
  it('ends a run, which leaves nothing, and the old file as it was', async ({ skip }) => {
    const disk = path('disk');
    mkdirSync(disk);
    if (!mounted(disk, '100k')) skip(skipped('a full disk, since a tmpfs cannot be mounted here'));
    try {
      writeFileSync(join(disk, 'old.mp4'), OLD);
      const video = await heatbox([
        'annotate',
        shortSample,
        '-o',
        join(disk, 'old.mp4'),
        '--force',
        '--crf',
        '1',
        ...tiny(),
      ]);
      expectFailure(video, 'OUTPUT_WRITE', 1, join(disk, 'old.mp4'), /space/i);
      expect(execFileSync('ls', ['-A', disk], { encoding: 'utf8' })).toBe('old.mp4\n');
      writeFileSync(join(disk, 'filler'), Buffer.alloc(95 * 1024 - 4096));
      const lines = await heatbox(['annotate', shortSample, '--json', join(disk, 'x.ndjson'), ...tiny()]);
      expectFailure(lines, 'OUTPUT_WRITE', 1, 'x.ndjson', /space/i);
      expect(execFileSync('ls', ['-A', disk], { encoding: 'utf8' })).toBe('filler\nold.mp4\n');
      expect(readFileSync(join(disk, 'old.mp4'), 'utf8')).toBe(OLD);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('behind a device', async ({ skip }) => {
    if (!existsSync('/dev/full')) skip(skipped('a full device, since there is no /dev/full here'));
    const outcome = await heatbox(['annotate', shortSample, '--json', '/dev/full', '--force', ...tiny()]);
    expectFailure(outcome, 'OUTPUT_WRITE', 1, '/dev/full', /space/i);
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
    const program = [process.execPath, join(root, 'dist/src/cli/main.js'), 'labels'];
    const { status, stderr } = spawnSync('sh', ['-c', '"$@" > /dev/full', 'sh', ...program], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^heatbox: OUTPUT_WRITE: .*space/)]);
  });
});

describe('a reader that goes away', () => {
  it('of --json - ends the run', () => {
    const outcome = shell(
      `"$HEATBOX" annotate "$INPUT" --model "$MODEL" --json - | head -n 1; echo "\${PIPESTATUS[*]}"`,
    );
    expect(outcome.stdout).toMatch(/^\{"type":"header",.*\}\n1 0\n$/);
    expect(outcome.stderr).toMatch(/^heatbox: OUTPUT_CLOSED: [^\n]*\n$/);
  });

  it('of labels is nothing to speak of', () => {
    const outcome = shell(`"$HEATBOX" labels | head -n 1; echo "\${PIPESTATUS[*]}"`);
    expect(outcome.stdout).toMatch(/tench, Tinca tinca\n0 0\n$/);
    expect(outcome.stderr).toBe('');
  });
});

function shell(line: string): { stdout: string; stderr: string } {
  const env = { ...process.env, HEATBOX: join(root, 'dist/src/cli/main.js'), INPUT: shortSample, MODEL: path('model') };
  return spawnSync('bash', ['-c', line.replaceAll('"$HEATBOX"', `${process.execPath} "$HEATBOX"`)], {
    env,
    encoding: 'utf8',
  });
}

/** Whether this process may start another user's, and that user sees the program. */
/** Runs heatbox without root's right to read and write every file. */
function unprivileged(args: readonly string[]): Outcome {
  const asUser = [process.execPath, join(root, 'dist/src/cli/main.js'), ...args];
  const asRoot = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', ...asUser];
  const [name, ...rest] = process.getuid?.() === 0 ? asRoot : asUser;
  const { status, stdout, stderr } = spawnSync(name!, rest, { encoding: 'utf8' });
  return { code: status ?? 1, stdout, stderr, lines: stderr.split('\n').slice(0, -1) };
}

function mounted(folder: string, size: string): boolean {
  return (
    process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status === 0
  );
}

function lastLine(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)!);
}
