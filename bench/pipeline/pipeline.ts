/**
 * `npm run bench`: what the pipeline makes of what its parts can do, each part alone on all cores, three interleaved rounds
 * at 720p and at 1080p, in float32 and in 8 bits. The bound of a pipeline whose stages share the cores is the harmonic sum of their rates.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../median.ts';
import { makeClip } from './clip.ts';
import type { Measurement } from './measure.ts';

const PARTS = ['core', 'engine', 'decode', 'encode', 'analysis', 'annotate', 'analysisAuto', 'annotateAuto'] as const;
type Part = (typeof PARTS)[number];
const PRECISIONS = ['fp32', 'int8'] as const;
type Precision = (typeof PRECISIONS)[number];
/** Those the precision has no part in. */
const ALIKE: ReadonlySet<Part> = new Set(['decode', 'encode']);
/** Those that are measured once. */
const ONCE: ReadonlySet<Part> = new Set(['core']);
/** Those that are measured in 8 bits alone, as `annotate` runs by itself where that is faster. */
const INT8: ReadonlySet<Part> = new Set(['analysisAuto', 'annotateAuto']);
const ROUNDS = 3;
/** How often the sample is played, so that the clip does not end before the clock. */
const TURNS = 30;
const SIZES = { '720p': '1280:720', '1080p': '1920:1080' };

const folder = mkdtempSync(join(tmpdir(), 'heatbox-bench-'));
try {
  process.stdout.write(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}\n`,
  );
  for (const [name, scale] of Object.entries(SIZES)) bench(name, makeClip(join(folder, `${name}.mp4`), scale, TURNS));
  for (const script of ['./start.js', './tracker.js'])
    execFileSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], { stdio: 'inherit' });
} finally {
  rmSync(folder, { recursive: true });
}

function bench(name: string, clip: string): void {
  const all = { fp32: noResults(), int8: noResults() };
  for (let round = 0; round < ROUNDS; round++) {
    for (const precision of PRECISIONS) {
      for (const part of PARTS) {
        if ((round > 0 && ONCE.has(part)) || (precision !== 'int8' && INT8.has(part))) continue;
        const known = ALIKE.has(part) ? all.fp32[part][round] : undefined;
        all[precision][part].push(known ?? measure(part, clip, precision));
      }
    }
  }
  process.stdout.write(`\n${name}: medians of ${ROUNDS} rounds, frames per second\n`);
  row('', ...PRECISIONS);
  const of = (value: (results: Results) => string) => PRECISIONS.map((precision) => value(all[precision]));
  row('network on one core, 224×224', ...of((results) => rate(results.core)));
  row('network alone, bare session.run loop (a)', ...of((results) => rate(results.engine)));
  row('decode and scale alone (d)', ...of((results) => rate(results.decode)));
  row('encode alone (e)', ...of((results) => rate(results.encode)));
  row('analysis only, --stride 1', ...of((results) => rate(results.analysis)));
  row('  of 1/(1/a + 1/d)', ...of((results) => share(results, 'analysis', ['engine', 'decode'])));
  row('annotate, --stride 1', ...of((results) => rate(results.annotate)));
  row('  of 1/(1/a + 1/d + 1/e)', ...of((results) => share(results, 'annotate', ['engine', 'decode', 'encode'])));
  row('analysis only, --stride auto', ...of((results) => rate(results.analysisAuto)));
  row('  times that of --stride 1', ...of(({ analysisAuto, analysis }) => times(analysisAuto, analysis)));
  row('annotate, --stride auto', ...of((results) => rate(results.annotateAuto)));
  row('  of 1/(1/d + 1/e)', ...of((results) => share(results, 'annotateAuto', ['decode', 'encode'])));
  row('peak memory of annotate, --stride 1, MiB', ...of((results) => peak(results.annotate)));
  row('peak memory of annotate, --stride auto, MiB', ...of((results) => peak(results.annotateAuto)));
}

type Results = Record<Part, Measurement[]>;

function noResults(): Results {
  return Object.fromEntries(PARTS.map((part) => [part, []])) as unknown as Results;
}

function row(label: string, ...values: string[]): void {
  process.stdout.write(`  ${label.padEnd(44)}${values.map((value) => value.padStart(9)).join('')}\n`);
}

function speed({ frames, seconds }: Measurement): number {
  return frames / seconds;
}

/** The median; nothing of what was not measured. */
function shown(values: readonly number[], digits: number): string {
  return values.length === 0 ? '' : median(values).toFixed(digits);
}

function rate(measurements: readonly Measurement[]): string {
  return shown(measurements.map(speed), 1);
}

function peak(measurements: readonly Measurement[]): string {
  if (measurements.length === 0) return '';
  return (Math.max(...measurements.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0);
}

/** How many times as fast one is as another, round by round. */
function times(one: readonly Measurement[], other: readonly Measurement[]): string {
  return shown(
    one.map((measurement, round) => speed(measurement) / speed(other[round]!)),
    2,
  );
}

/** Of a whole's rate, round by round, in the bound that its parts set. */
function share(results: Results, whole: Part, parts: readonly Part[]): string {
  return shown(
    results[whole].map((measurement, round) => speed(measurement) / bound(parts, results, round)),
    2,
  );
}

function bound(parts: readonly Part[], results: Results, round: number): number {
  return 1 / parts.reduce((sum, part) => sum + 1 / speed(results[part][round]!), 0);
}

function measure(part: Part, clip: string, precision: Precision): Measurement {
  const script = fileURLToPath(new URL('./measure.js', import.meta.url));
  return JSON.parse(
    // As the command's first line has it.
    execFileSync(process.execPath, ['--max-semi-space-size=2', script, part, clip, precision], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
}
