/**
 * `npm run bench peers`: heatbox beside what one would write in its place, on the same 720p clip, in turns, three rounds.
 * Every peer decodes, runs ResNet-50 at the same size and makes a box of the best class's map; heatbox refines the map and
 * follows the object as well. Opening and warming up come before the clock. What is not here is named with the reason.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/files/package-root.ts';
import { version } from '../../src/files/version.ts';
import { chooseInputSize, loadModel } from '../../src/model/index.ts';
import { median } from '../median.ts';
import { makeClip } from '../pipeline/clip.ts';

const ROUNDS = 3;
/** A slow peer stops after this long, so that all is done in ten minutes. */
const MOST_SECONDS = 15;

interface Outcome {
  readonly frames: number;
  readonly seconds: number;
  readonly version: string;
}

interface Peer {
  readonly name: string;
  /** @throws Absent */
  readonly run: () => Promise<Outcome>;
}

class Absent extends Error {}

const folder = mkdtempSync(join(tmpdir(), 'heatbox-peers-'));
const clip = makeClip(join(folder, 'clip.mp4'), '1280:720', 2);
const { width, height } = chooseInputSize({ width: 16, height: 9 }, await loadModel());
const size = [String(width), String(height), String(MOST_SECONDS)];
const script = fileURLToPath(new URL('./peers-node.js', import.meta.url));
const naive: Peer = {
  name: 'Node loop: ffmpeg command, pipe, onnxruntime on the main thread, fp32',
  run: () => loop(process.execPath, [script, 'onnx', clip, ...size]),
};
const peers: readonly Peer[] = [
  {
    name: 'the same with TensorFlow.js on WebAssembly',
    run: () => loop(process.execPath, [script, 'tfjs', clip, ...size]),
  },
  { name: 'Python loop: OpenCV, torch', run: torch },
  naive,
  { name: 'heatbox, fp32', run: () => heatbox('--precision', 'fp32', '--stride', '1') },
  { name: 'heatbox, int8', run: () => heatbox('--precision', 'int8', '--stride', '1') },
  {
    name: 'heatbox, int8, motion carry (`--stride auto`)',
    run: () => heatbox('--precision', 'int8', '--stride', 'auto'),
  },
];

try {
  const outcomes = new Map<Peer, Outcome[]>();
  const absent = new Map<Peer, string>();
  const loads: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const peer of peers.filter((one) => !absent.has(one))) {
      loads.push(loadavg()[0]!);
      try {
        outcomes.set(peer, [...(outcomes.get(peer) ?? []), await peer.run()]);
      } catch (error) {
        if (!(error instanceof Absent)) throw error;
        absent.set(peer, error.message);
      }
    }
  }
  print(outcomes, absent);
  const [least, most] = [Math.min(...loads), Math.max(...loads)].map((load) => load.toFixed(1));
  process.stdout.write(`\nLoad of the machine before each run: ${least} to ${most}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

function print(outcomes: ReadonlyMap<Peer, readonly Outcome[]>, absent: ReadonlyMap<Peer, string>): void {
  const say = (...cells: string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  const ffmpeg = /^ffmpeg version (\S+)/.exec(spawnSync('ffmpeg', ['-version'], { encoding: 'utf8' }).stdout)?.[1];
  process.stdout.write(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}, ffmpeg ${ffmpeg}; 720p H.264, network at ${width}x${height}, medians of ${ROUNDS} rounds in turns\n\n`,
  );
  say('', 'frames/s', 'of the Node loop', 'with');
  say('---', '---', '---', '---');
  const base = rate(outcomes.get(naive)!);
  for (const peer of peers) {
    const runs = outcomes.get(peer);
    if (runs === undefined) say(peer.name, 'not measured', '', absent.get(peer)!);
    else say(peer.name, rate(runs).toFixed(1), (rate(runs) / base).toFixed(2), runs[0]!.version);
  }
}

function rate(runs: readonly Outcome[]): number {
  return median(runs.map(({ frames, seconds }) => frames / seconds));
}

/** Runs a program that prints its outcome as JSON. */
async function loop(program: string, args: readonly string[]): Promise<Outcome> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const failed = once(child, 'error').then(([error]) => Promise.reject(new Absent((error as Error).message)));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const [stdout, stderr, [code]] = await Promise.race([ended, failed]);
  if (code === 3) throw new Absent(lastLine(stderr));
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** With the Python of the PATH, or Debian's own, whose packages another does not see. */
async function torch(): Promise<Outcome> {
  const args = [join(packageRoot(), 'bench', 'peers', 'peers-torch.py'), clip, ...size];
  try {
    return await loop('python3', args).catch(() => loop('/usr/bin/python3', args));
  } catch (error) {
    if (!(error instanceof Absent)) throw error;
    throw new Absent(`${error.message}: apt-get install python3-torch python3-torchvision python3-opencv`);
  }
}

/** The command, timed from the header of its NDJSON, which comes when all is open, to its end. */
async function heatbox(...options: readonly string[]): Promise<Outcome> {
  const program = join(packageRoot(), 'dist/src/cli/main.js');
  const args = [program, 'annotate', clip, '--json', '-', '--quiet', ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaint = text(child.stderr);
  const closed = once(child, 'close');
  let began = 0;
  let seconds = 0;
  let frames = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"type":"header"')) began = performance.now();
    else if (line.startsWith('{"type":"frame"')) frames++;
    else seconds = (performance.now() - began) / 1000;
  }
  const [code] = await closed;
  if (code === 2) throw new Absent(lastLine(await complaint));
  if (code !== 0) throw new Error(`heatbox ${options.join(' ')} failed: ${await complaint}`);
  return { frames, seconds, version: `heatbox ${version}` };
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
