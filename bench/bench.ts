/**
 * `npm run bench`: what the pipeline makes of what its parts can do, each part alone on all cores, three interleaved rounds
 * at 720p and at 1080p. The bound of a pipeline whose stages share the cores is the harmonic sum of their rates.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../src/model/package-root.ts';
import type { Measurement } from './measure.ts';

const PARTS = ['engine', 'decode', 'encode', 'analysis', 'annotate'] as const;
type Part = (typeof PARTS)[number];
const ROUNDS = 3;
const SIZES = { '720p': '1280:720', '1080p': '1920:1080' };

const folder = mkdtempSync(join(tmpdir(), 'heatbox-bench-'));
try {
  process.stdout.write(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}\n`,
  );
  for (const [name, scale] of Object.entries(SIZES)) bench(name, makeClip(name, scale));
  for (const script of ['./tracker.js', './engines.js'])
    execFileSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], { stdio: 'inherit' });
} finally {
  rmSync(folder, { recursive: true });
}

function bench(name: string, clip: string): void {
  const results: Record<Part, Measurement[]> = { engine: [], decode: [], encode: [], analysis: [], annotate: [] };
  for (let round = 0; round < ROUNDS; round++) for (const part of PARTS) results[part].push(measure(part, clip));
  const rate = (part: Part) => median(results[part].map(({ frames, seconds }) => frames / seconds));
  const ratio = (part: Part, parts: Part[]) =>
    median(results[part].map(({ frames, seconds }, round) => frames / seconds / bound(parts, results, round)));
  const [a, d, e] = [rate('engine'), rate('decode'), rate('encode')];
  const row = (label: string, value: string) => process.stdout.write(`  ${label.padEnd(46)} ${value}\n`);
  process.stdout.write(`\n${name}: medians of ${ROUNDS} rounds, frames per second\n`);
  row('network alone, bare session.run loop (a)', a.toFixed(1));
  row('decode and scale alone (d)', d.toFixed(1));
  row('encode alone (e)', e.toFixed(1));
  row(
    'analysis only',
    `${rate('analysis').toFixed(1)}, ${ratio('analysis', ['engine', 'decode']).toFixed(2)} of 1/(1/a + 1/d)`,
  );
  row(
    'annotate',
    `${rate('annotate').toFixed(1)}, ${ratio('annotate', ['engine', 'decode', 'encode']).toFixed(2)} of 1/(1/a + 1/d + 1/e)`,
  );
  row(
    'peak memory of annotate',
    `${(Math.max(...results.annotate.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0)} MiB`,
  );
}

function bound(parts: Part[], results: Record<Part, Measurement[]>, round: number): number {
  return 1 / parts.reduce((sum, part) => sum + results[part][round]!.seconds / results[part][round]!.frames, 0);
}

function measure(part: Part, clip: string): Measurement {
  const script = fileURLToPath(new URL('./measure.js', import.meta.url));
  return JSON.parse(
    execFileSync(process.execPath, [script, part, clip], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

function makeClip(name: string, scale: string): string {
  const clip = join(folder, `${name}.mp4`);
  const sample = join(packageRoot(), 'samples', 'cockatoo.mp4');
  const made = spawnSync('ffmpeg', [
    '-v',
    'error',
    '-i',
    sample,
    '-vf',
    `scale=${scale},format=yuv420p`,
    '-an',
    '-c:v',
    'libx264',
    clip,
  ]);
  if (made.error !== undefined)
    throw new Error('the benchmark makes its clips with the ffmpeg command, which is not here');
  return clip;
}

function median(values: number[]): number {
  return [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)]!;
}
