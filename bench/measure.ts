/**
 * One measurement in a process of its own: `measure.js <what> <clip> <precision>`, prints `{frames, seconds, peakBytes}` as JSON.
 * Rates are of the steady state: opening and warm-up come before the clock starts.
 */
import { rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AV_LOG_QUIET } from 'node-av/constants';
import { type Frame, Log } from 'node-av/lib';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { count, lastValueFrom } from 'rxjs';
import { type AnnotateRun, annotateFile } from '../pipelines/annotate-file.ts';
import { transformOf } from '../src/media/describe-source.ts';
import { displayStage, encodedFormat } from '../src/media/display-stage.ts';
import { openInput } from '../src/media/open-input.ts';
import { openSource } from '../src/media/source.ts';
import type { Stride } from '../src/media/stride.ts';
import { openVideoEncoder } from '../src/media/video-encoder.ts';
import { videoReader } from '../src/media/video-reader.ts';
import { chooseInputSize, loadModel } from '../src/model/index.ts';
import type { Size } from '../src/types.ts';

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
    return clock(() => lastValueFrom(source.frames({ inputSize: size }).pipe(count())));
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
      const frames = 240;
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
  const run = await annotateFile({ input: clip, batch: BATCH, precision, stride });
  return clock(() => allOf(run));
}

async function annotate(stride: Stride): Promise<Measurement> {
  const output = join(tmpdir(), `heatbox-bench-${process.pid}.mp4`);
  const run = await annotateFile({ input: clip, output, batch: BATCH, precision, stride });
  try {
    return await clock(() => allOf(run));
  } finally {
    rmSync(output, { force: true });
  }
}

/** Seconds after which a run is stopped: what has been decoded by then is finished, and counts. */
const MOST_SECONDS = 12;

async function allOf(run: AnnotateRun): Promise<number> {
  const timer = setTimeout(() => run.stop(), MOST_SECONDS * 1000);
  try {
    return await lastValueFrom(run.frames.pipe(count()));
  } finally {
    clearTimeout(timer);
  }
}

async function network({ width, height }: Size, intraOpNumThreads: number): Promise<Measurement> {
  const { onnxPath, int8Path } = await loadModel();
  const session = await InferenceSession.create(precision === 'int8' ? int8Path! : onnxPath, {
    graphOptimizationLevel: 'all',
    intraOpNumThreads,
  });
  const pixels = new Uint8Array(BATCH * width * height * 3).map((_, index) => (index * 31) % 251);
  const run = () => session.run({ image: new Tensor('uint8', pixels, [BATCH, height, width, 3]) });
  for (let i = 0; i < 3; i++) await run();
  return clock(async () => {
    const runs = 30;
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
  return { frames, seconds, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

process.stdout.write(JSON.stringify(await measurements[what]()));
