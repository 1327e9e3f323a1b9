/**
 * One measurement in a process of its own: `measure.js <what> <clip> <precision>`, prints `{frames, seconds, peakBytes}` as JSON.
 * Rates are of the steady state: opening, and what is slower until the code is compiled, come before the clock starts.
 */
import { rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AV_LOG_QUIET } from 'node-av/constants';
import { type Frame, Log } from 'node-av/lib';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { lastValueFrom, type Observable, takeWhile } from 'rxjs';
import { annotateFile } from '../../pipelines/annotate-file.ts';
import { displayStage, encodedFormat } from '../../src/media/frames/display-stage.ts';
import { transformOf } from '../../src/media/input/describe-source.ts';
import { openInput } from '../../src/media/input/open-input.ts';
import { videoReader } from '../../src/media/input/video-reader.ts';
import { openVideoEncoder } from '../../src/media/output/video-encoder.ts';
import { openSource } from '../../src/media/source.ts';
import type { Stride } from '../../src/media/stride.ts';
import { chooseInputSize, loadModel } from '../../src/model/index.ts';
import type { Size } from '../../src/types.ts';

export interface Measurement {
  readonly frames: number;
  readonly seconds: number;
  readonly peakBytes: number;
}

const BATCH = 4;
const threads = availableParallelism();
const [what, clip, precision] = process.argv.slice(2) as [keyof typeof measurements, string, 'fp32' | 'int8'];

const measurements = {
  /** The network alone: a bare loop over `session.run`. */
  async engine() {
    return network(await inputSize(), threads);
  },
  /** The same on one core, of square pictures. */
  async core() {
    return network({ width: 224, height: 224 }, 1);
  },
  /** Decoding and scaling to the network's input. */
  async decode() {
    const source = await openSource({ input: clip, threads });
    const size = await inputSize();
    return steady(source.frames({ inputSize: size }));
  },
  /** Encoding with the defaults of annotate, of frames that lie decoded in memory. */
  async encode() {
    Log.setLevel(AV_LOG_QUIET);
    const opened = openInput(clip);
    const reader = videoReader(opened, { input: clip, threads }, () => {});
    const held: Frame[] = [];
    for (let i = 0; i < 60; i++) {
      const timed = reader.next(() => {});
      if (timed === null) break;
      held.push(displayStage(transformOf(opened.video, timed.frame), encodedFormat(timed.frame)).run(timed.frame));
    }
    const timeBase = { num: 1, den: 1000 };
    const options = { path: '', format: 'mp4', encoder: 'libx264', crf: 20, threads: 0 };
    const encoder = openVideoEncoder(held[0]!, timeBase, { num: 25, den: 1 }, true, options);
    return clock(async () => {
      const frames = 160;
      for (let i = 0; i < frames; i++) {
        const frame = held[i % held.length]!;
        frame.pts = BigInt(i * 40);
        encoder.encode(frame, () => {});
      }
      encoder.encode(null, () => {});
      return frames;
    });
  },
  /** The whole pipeline without an output. */
  analysis: () => analyse(1),
  analysisAuto: () => analyse('auto'),
  /** The whole pipeline. */
  annotate: () => annotate(1),
  annotateAuto: () => annotate('auto'),
};

async function analyse(stride: Stride): Promise<Measurement> {
  return steady((await annotateFile({ input: clip, batch: BATCH, precision, stride })).frames);
}

async function annotate(stride: Stride): Promise<Measurement> {
  const output = join(tmpdir(), `heatbox-bench-${process.pid}.mp4`);
  try {
    return await steady((await annotateFile({ input: clip, output, batch: BATCH, precision, stride })).frames);
  } finally {
    rmSync(output, { force: true });
  }
}

/** Seconds from the first frame on that do not count, and that do. */
const SETTLING = 1.5;
const COUNTED = 5;

/** The rate at which frames come, by the line of least squares through their times, since they come in bursts. Then it stops. */
async function steady(frames: Observable<unknown>): Promise<Measurement> {
  const times: number[] = [];
  let began: number | undefined;
  await lastValueFrom(
    frames.pipe(
      takeWhile(() => {
        const now = performance.now() / 1000;
        began ??= now;
        const elapsed = now - began - SETTLING;
        if (elapsed >= 0) times.push(elapsed);
        return elapsed < COUNTED;
      }),
    ),
  );
  if (times.at(-1)! < COUNTED) throw new Error(`the clip is over after ${times.at(-1)} s: too short for this machine`);
  const middle = times.reduce((sum, time) => sum + time, 0) / times.length;
  let both = 0;
  let squares = 0;
  for (const [index, time] of times.entries()) {
    both += (time - middle) * (index - (times.length - 1) / 2);
    squares += (time - middle) ** 2;
  }
  return measurement((both / squares) * COUNTED, COUNTED);
}

/** In 8 bits with sums that may overflow where the CPU has no dot products: narrowed weights, whose sums do not, are as fast. */
async function network({ width, height }: Size, intraOpNumThreads: number): Promise<Measurement> {
  const { networkPath, int8Path } = await loadModel();
  const session = await InferenceSession.create(precision === 'int8' ? int8Path! : networkPath, {
    graphOptimizationLevel: 'all',
    intraOpNumThreads,
  });
  const pixels = new Uint8Array(BATCH * width * height * 3).map((_, index) => (index * 31) % 251);
  const run = () => session.run({ image: new Tensor('uint8', pixels, [BATCH, height, width, 3]) });
  for (let i = 0; i < 3; i++) await run();
  return clock(async () => {
    const runs = 20;
    for (let i = 0; i < runs; i++) await run();
    return runs * BATCH;
  });
}

async function inputSize() {
  const model = await loadModel();
  return chooseInputSize({ width: 16, height: 9 }, model);
}

async function clock(work: () => Promise<number>): Promise<Measurement> {
  const began = performance.now();
  const frames = await work();
  const seconds = (performance.now() - began) / 1000;
  return measurement(frames, seconds);
}

function measurement(frames: number, seconds: number): Measurement {
  return { frames, seconds, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

process.stdout.write(JSON.stringify(await measurements[what]()));
