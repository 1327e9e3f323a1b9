import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { from, lastValueFrom, map, toArray } from 'rxjs';
import type { AccuracyName } from '../src/cam/accuracy.ts';
import { HeatboxError } from '../src/error.ts';
import {
  type ClipResult,
  type FrameAnswer,
  reportClips,
  scoreClip,
  scoreLabels,
  type VideoReport,
} from '../src/evaluate/clip-report.ts';
import { CENTRED_SIDES, CLIP_THRESHOLDS, centredBox } from '../src/evaluate/settings.ts';
import { type ClipTruth, parseClipBoxes, parseClips } from '../src/evaluate/truth.ts';
import { readText } from '../src/files/read-text.ts';
import type { Engine } from '../src/inference/engine.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import type { PrecisionWish } from '../src/inference/providers/precision.ts';
import { openSource, type Source, type SourceFrame } from '../src/media/source.ts';
import { AUTO, type Stride } from '../src/media/stride.ts';
import { checkInputSize, chooseInputSize, createNamer, type Model, plainNames } from '../src/model/index.ts';
import { createLocaliser } from '../src/operators/localiser.ts';
import { pairPictures } from '../src/operators/pair-pictures.ts';
import { runNetwork } from '../src/operators/run-network.ts';
import { track } from '../src/operators/track.ts';
import { trackInHindsight } from '../src/operators/track-in-hindsight.ts';
import type { TrackerOptions } from '../src/track/tracker.ts';
import type { Localisation, Namer, Size, Track } from '../src/types.ts';
import { loadModel } from './load-model.ts';

/** Options of {@link evaluateVideo}. */
export interface EvaluateVideoOptions {
  /** A folder with `classes.csv`, `gt/<clip>.csv` and the clips, `<clip>.mp4` or another container. */
  readonly video: string;
  /** A model's name, or its folder. Defaults to `resnet50-imagenet`. */
  readonly model?: string;
  /** How much work goes into the maps. Defaults to `fast`. */
  readonly accuracy?: AccuracyName;
  /** Pixels. Defaults to what suits the accuracy and each clip's aspect ratio. */
  readonly inputSize?: Size;
  /** The only threshold. Defaults to those that cross-validation chooses. */
  readonly threshold?: number;
  /** Run the network on every nth frame, or where it is worth it. Defaults to 1. */
  readonly stride?: Stride;
  /** Follows as a live stream is followed: nothing from later frames. */
  readonly live?: boolean;
  /** What the network computes in. Defaults to `auto`. */
  readonly precision?: PrecisionWish;
  /** Threads of the network. Defaults to all cores. */
  readonly threads?: number;
  /** Called as it goes on. */
  readonly onProgress?: (done: number, all: number, clip: string) => void;
}

/**
 * Measures localisation and tracking on clips with one object and a box a frame. Boxes are of the clip's classes, as if
 * the user had asked for them as one group; names are those that heatbox gives by itself.
 *
 * @throws HeatboxError `BAD_CSV`, `NO_CLIP`, and what sources, models and engines throw.
 */
export async function evaluateVideo(options: EvaluateVideoOptions): Promise<VideoReport> {
  const { video } = options;
  const truths = await readTruths(video);
  const model = await loadModel(options.model);
  const thresholds = options.threshold === undefined ? CLIP_THRESHOLDS : [options.threshold];
  const engine = await openEngine(model, {
    threads: options.threads,
    precision: options.precision,
    accuracy: options.accuracy,
  });
  const results: ClipResult[] = [];
  try {
    for (const [position, truth] of truths.entries()) {
      options.onProgress?.(position, truths.length, truth.clip);
      results.push(await evaluateClip(truth, { ...options, model, engine, thresholds }));
    }
  } finally {
    await engine.close();
  }
  return reportClips(results, thresholds);
}

interface Setting extends Omit<EvaluateVideoOptions, 'model'> {
  readonly model: Model;
  readonly engine: Engine;
  readonly thresholds: readonly number[];
}

type Clip = ClipTruth & { readonly path: string };

/** A frame and what was found in it; nothing where the network has not seen it. */
interface SeenFrame {
  readonly frame: SourceFrame;
  /** Of the clip's classes, by threshold. */
  readonly asked?: readonly (readonly Localisation[])[];
  /** Of all classes. */
  readonly free?: readonly Localisation[];
}

async function evaluateClip({ clip, classes, boxes, path }: Clip, setting: Setting): Promise<ClipResult> {
  const { model, thresholds, stride = 1, live = false, threads } = setting;
  const namers = {
    asked: createNamer([{ wnid: '', name: clip, classes }]),
    free: createNamer(plainNames(model.tree)),
  };
  const source = await openSource({ input: path, vectors: stride !== 1, threads });
  const { display } = source.info.video;
  const seen = await localiseClip(source, namers, setting);
  await source.close();

  const follow = (find: (frame: SeenFrame) => readonly Localisation[] | undefined, options: Partial<TrackerOptions>) =>
    lastValueFrom(
      from(seen.map((one) => ({ ...one.frame, localisations: find(one) }))).pipe(
        live ? track({ ...options, between: 'predict' }) : trackInHindsight(options),
        toArray(),
      ),
    );
  // What was asked for is there: no localisation is too unsure to begin with.
  const tracked = await Promise.all(
    thresholds.map((_, at) => follow(({ asked }) => asked?.[at], { namer: namers.asked, sureScore: 0 })),
  );
  const named = await follow(({ free }) => free, { namer: namers.free });
  const right = new Set(classes);
  const seenBoxes = new Map([...boxes].filter(([frame]) => seen[frame]?.asked !== undefined));
  return {
    clip,
    frames: seen.length,
    frameBoxes: thresholds.map((_, at) =>
      scoreClip(
        seen.map(({ asked }): FrameAnswer => ({ box: asked?.[at]?.[0]?.box })),
        seenBoxes,
      ),
    ),
    trackBoxes: tracked.map((all) =>
      scoreClip(
        all.map(({ tracks }) => answerOf(tracks)),
        boxes,
      ),
    ),
    labels: scoreLabels(
      named.map(({ tracks }) => mainTrack(tracks)?.group),
      (group) => group.classes.some((index) => right.has(index)),
    ),
    centred: CENTRED_SIDES.map((side) => {
      const box = centredBox(display, side);
      return scoreClip(
        seen.map(() => ({ box })),
        boxes,
      );
    }),
  };
}

/** The operators that `localise` is made of, its second half twice: for what was asked for, and for the free names. */
async function localiseClip(
  source: Source,
  namers: { readonly asked: Namer; readonly free: Namer },
  { model, engine, thresholds, stride = 1, live = false, accuracy, inputSize, threshold }: Setting,
): Promise<SeenFrame[]> {
  const { display } = source.info.video;
  const grid = inputSize ? checkInputSize(inputSize, model) : chooseInputSize(display, model, accuracy);
  const asked = createLocaliser({ namer: namers.asked, minScore: 0, thresholds });
  const free = createLocaliser({ namer: namers.free, thresholds: [threshold ?? engine.threshold!] });
  const frames = source.frames({ inputSize: grid, stride, interval: live ? AUTO.liveSeconds : AUTO.seconds }).pipe(
    pairPictures(),
    // Each alone, so that no figure depends on what shares its batch.
    runNetwork({ engine, batch: 1 }),
    map((seen): SeenFrame => {
      const { maps, input: _input, glimpse: _glimpse, pair: _pair, ...rest } = seen;
      // Only what it says is kept: the source has long gone on when it is followed.
      const frame = { ...rest, hold: () => () => {}, annotate() {} };
      if (maps === undefined) return { frame };
      const found = { frame, asked: asked(seen, maps), free: free(seen, maps)[0] };
      maps.release?.();
      return found;
    }),
    toArray(),
  );
  return lastValueFrom(frames);
}

function answerOf(tracks: readonly Track[]): FrameAnswer {
  const { box, id } = mainTrack(tracks) ?? {};
  return { box, id };
}

/** Of a frame with several tracks the one that a viewer takes for the object: confirmed, seen, then the surest. */
function mainTrack(tracks: readonly Track[]): Track | undefined {
  const rank = ({ state, measured }: Track) => (state === 'confirmed' ? 2 : 0) + (measured ? 1 : 0);
  return tracks
    .filter(({ state }) => state === 'confirmed' || state === 'lost')
    .reduce<Track | undefined>((best, one) => {
      if (best === undefined) return one;
      return (rank(one) - rank(best) || one.score - best.score) > 0 ? one : best;
    }, undefined);
}

async function readTruths(video: string): Promise<Clip[]> {
  const list = join(video, 'classes.csv');
  const clips = parseClips(await readText(list), list);
  const files = await readdir(video);
  return Promise.all(
    clips.map(async ({ clip, classes }) => {
      const file = files.find((name) => name.startsWith(`${clip}.`));
      if (file === undefined || classes.length === 0) {
        throw new HeatboxError('NO_CLIP', `${list} names ${clip}, which ${file ? 'has no class' : 'has no file'}`, {
          value: clip,
          kind: 'usage',
        });
      }
      const truth = join(video, 'gt', `${clip}.csv`);
      return { clip, classes, path: join(video, file), boxes: parseClipBoxes(await readText(truth), truth) };
    }),
  );
}
