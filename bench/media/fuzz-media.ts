/**
 * `npm run bench fuzz-media`: files of many containers and codecs, whole, cut and damaged, beside the ffmpeg command.
 * Whole and cut ones must give its frames at its times. Damaged ones must not crash, hang or leak, their times must rise,
 * and they must give its frames less two, or a warning that says how many were lost. Everything follows from the seed.
 */
import { type ChildProcess, execFile, execFileSync, fork } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchOptions } from '../options.ts';
import { randomFrom } from '../random.ts';
import { DAMAGES, type Damage, damaged, PAIRS, type Pair, SECONDS, SIZE, UNHARMED } from './fuzz-inputs.ts';
import type { Answer, Reading } from './fuzz-reader.ts';

const { seed, minutes } = benchOptions({ seed: 1, minutes: 10 });
const READER = fileURLToPath(new URL('fuzz-reader.js', import.meta.url));
const PATIENCE_MS = 60_000;
/** What a reader may take more after many inputs than after some. */
const MOST_GROWTH = 96 * 2 ** 20;
/** After so many inputs a reader has taken what it needs. */
const WARM = 40;
/** The command gives up frames that the library gives out, and the other way round, at the ends of what is whole. */
const TOLERANCE = 2;

const chance = randomFrom(seed);
const folder = await mkdtemp(join(tmpdir(), 'heatbox-fuzz-'));
const faults: string[] = [];
const frames = { 'frames of files': 0, 'frames as watched': 0, 'frames of the command': 0 };
/** Differences between FFmpeg 5.1, the command, and 8, the library, by what explains them. */
const explained: Record<string, number> = {};

/**
 * What the two versions do differently.
 *
 * @returns what explains the difference, if anything does.
 */
function explanation({ file }: Pair, damage: Damage, ours: Reading, theirs: readonly number[]): string | undefined {
  const more = ours.times.length - theirs.length;
  if (damage === 'cut' && file === 'gif.gif' && more === 1) return 'a GIF gives out the frame in which it is cut off';
  return undefined;
}

let reader: ChildProcess | undefined;
let taken: { descriptors: number; rss: number } | undefined;
let count = 0;

/** Has the reader read a file. @returns a word for what became of it where there is no answer. */
function read(path: string): Promise<Answer | string> {
  reader ??= fork(READER, [], { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const child = reader;
  return new Promise((resolve) => {
    const timer = setTimeout(() => done('hangs'), PATIENCE_MS);
    const left = (code: number | null, signal: string | null) => done(`crashes with ${signal ?? code}`);
    function done(result: Answer | string): void {
      clearTimeout(timer);
      child.removeAllListeners();
      if (typeof result === 'string') {
        child.kill('SIGKILL');
        reader = undefined;
        taken = undefined;
        count = 0;
      }
      resolve(result);
    }
    child.once('exit', left);
    child.once('message', (answer) => done(answer as Answer));
    child.send(path);
  });
}

/** The times of the frames that the ffmpeg command decodes, in seconds. */
function judge(path: string): Promise<number[]> {
  const args = ['-v', 'quiet', '-nostdin', '-threads', '1', '-copyts', '-i', `file:${path}`, '-map', '0:V:0'];
  const output = ['-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'framecrc', '-'];
  return new Promise((resolve) => {
    execFile('ffmpeg', [...args, ...output], { timeout: PATIENCE_MS, maxBuffer: 2 ** 28 }, (_error, text) => {
      const [, num = 1, den = 1] = /^#tb 0: (\d+)\/(\d+)/m.exec(text)?.map(Number) ?? [];
      const lines = text.split('\n').filter((line) => /^0,/.test(line));
      resolve(lines.map((line) => (Number(line.split(',')[2]) * num) / den));
    });
  });
}

function make({ file, codec, sound }: Pair): Promise<Buffer> {
  const path = join(folder, file);
  const picture = ['-f', 'lavfi', '-i', `testsrc2=s=${SIZE}:r=25:d=${SECONDS}`];
  const tone = sound === undefined ? [] : ['-f', 'lavfi', '-i', `sine=d=${SECONDS}`, '-c:a', sound];
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...picture, ...tone, ...codec, '-threads', '1', path]);
  return readFile(path);
}

/** Whether a warning says how many frames were lost. */
const saysHowMany = ({ warnings }: Reading) => warnings.some((warning) => /\b\d+ frames|first frame/.test(warning));
const rises = (times: readonly number[]) => times.every((time, index) => index === 0 || time > times[index - 1]!);

/** @returns what is wrong with a reading. */
function faultsOf(ours: Reading, theirs: readonly number[], exact: boolean): string[] {
  const { times, error, warnings } = ours;
  if (error !== undefined && !/^(SOURCE|DECODER|FFMPEG)/.test(error)) return [`fails with ${error}`];
  const found = rises(times) ? [] : ['times that do not rise'];
  if (exact && times.length !== theirs.length) found.push(`${times.length} frames instead of ${theirs.length}`);
  const off = times.findIndex((time, index) => Math.abs(time - theirs[index]!) > 0.0015);
  if (exact && found.length === 0 && off >= 0) found.push(`frame ${off} at ${times[off]} instead of ${theirs[off]}`);
  const short = times.length < theirs.length - TOLERANCE;
  if (!exact && short && !saysHowMany(ours)) found.push(`${times.length} frames instead of ${theirs.length}, untold`);
  return found.map((fault) => `${fault} [${[error, ...warnings].filter(Boolean).join(' | ')}]`);
}

async function tryOut(pair: Pair, damage: Damage, bytes: Buffer, number: number): Promise<void> {
  const name = `${number}-${damage}-${pair.file.replace(/\..*/, '')}`;
  const path = join(folder, 'cases', `${name}${extname(pair.file)}`);
  await writeFile(path, bytes);
  const [answer, theirs] = await Promise.all([read(path), judge(path)]);
  const found: string[] = [];
  if (typeof answer === 'string') found.push(answer);
  else {
    const exact = UNHARMED.has(damage);
    frames['frames of files'] += answer.file.times.length;
    frames['frames as watched'] += answer.live.times.length;
    frames['frames of the command'] += theirs.length;
    const why = explanation(pair, damage, answer.file, theirs);
    if (why !== undefined) explained[why] = (explained[why] ?? 0) + 1;
    found.push(...faultsOf(answer.file, theirs, exact && why === undefined));
    found.push(...faultsOf(answer.live, theirs, false).map((fault) => `watched: ${fault}`));
    found.push(...leaks(answer));
  }
  faults.push(...found.map((fault) => `${name}: ${fault}`));
  for (const fault of found) console.log(`${name}: ${fault}`);
  if (found.length === 0) await rm(path);
}

function leaks({ descriptors, rss, children }: Answer): string[] {
  if (++count < WARM) return [];
  taken ??= { descriptors, rss };
  const found = children > 0 ? [`${children} children`] : [];
  if (descriptors > taken.descriptors) found.push(`${descriptors} descriptors instead of ${taken.descriptors}`);
  if (rss > taken.rss + MOST_GROWTH) found.push(`${Math.round((rss - taken.rss) / 2 ** 20)} MiB more than before`);
  if (found.length > 0) taken = { descriptors, rss };
  return found;
}

let clean = false;
try {
  await mkdir(join(folder, 'cases'));
  const encoders = execFileSync('ffmpeg', ['-hide_banner', '-encoders'], { encoding: 'utf8' });
  const has = (name: string) => encoders.split('\n').some((line) => line.split(/\s+/)[2] === name);
  const pairs = PAIRS.filter(({ needs }) => needs.every(has));
  for (const { file } of PAIRS.filter((pair) => !pairs.includes(pair))) console.log(`no encoder for ${file}`);
  const made = new Map<Pair, Buffer>();
  for (const pair of pairs) made.set(pair, await make(pair));
  const tried: Record<string, number> = {};
  let number = 0;
  const next = async (pair: Pair, damage: Damage) => {
    tried[damage] = (tried[damage] ?? 0) + 1;
    await tryOut(pair, damage, damaged(made.get(pair)!, damage, chance), number++);
  };
  const until = performance.now() + minutes * 60_000;
  for (const pair of pairs) await next(pair, 'whole');
  while (performance.now() < until)
    await next(pairs[Math.floor(chance() * pairs.length)]!, DAMAGES[Math.floor(chance() * DAMAGES.length)]!);
  console.table({ ...tried, ...frames, pairs: pairs.length, faults: faults.length });
  if (Object.keys(explained).length > 0) console.table(explained);
  clean = faults.length === 0;
  console.log(`seed ${seed}: ${clean ? 'clean' : `NOT CLEAN, see ${join(folder, 'cases')}`}`);
  process.exitCode = clean ? 0 : 1;
} finally {
  reader?.kill('SIGKILL');
  if (clean) await rm(folder, { recursive: true, force: true });
}
