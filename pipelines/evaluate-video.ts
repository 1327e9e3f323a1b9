import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { type AccuracyName, accuracies } from '../src/cam/accuracy.ts';
import { localiseMaps as localise, type MapOverTime } from '../src/cam/localise-maps.ts';
import { smoothProbabilities } from '../src/cam/smooth-probabilities.ts';
import { softmax } from '../src/cam/softmax.ts';
import { HeatboxError } from '../src/error.ts';
import { CENTRED_SIDES, centredBox } from '../src/evaluate/centred-box.ts';
import {
  type ClipResult,
  type FrameAnswer,
  reportClips,
  scoreClip,
  scoreLabels,
  type VideoReport,
} from '../src/evaluate/clip-report.ts';
import { CLIP_THRESHOLDS } from '../src/evaluate/thresholds.ts';
import { type ClipTruth, parseClipBoxes, parseClips } from '../src/evaluate/truth.ts';
import { readText } from '../src/files/read-text.ts';
import type { Engine } from '../src/inference/engine.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import type { PrecisionWish } from '../src/inference/providers/precision.ts';
import { openOnnx } from '../src/inference/sessions/open-onnx.ts';
import { openSource } from '../src/media/source.ts';
import { AUTO, type Stride } from '../src/media/stride.ts';
import { chooseInputSize, createNamer, loadModel, type Model, parseInputSize, plainNames } from '../src/model/index.ts';
import { mapsOverTime } from '../src/motion/maps-over-time.ts';
import { recentPictures } from '../src/motion/recent.ts';
import { consume } from '../src/operators/consume.ts';
import { LOCALISE_DEFAULTS, type LocalisedFrame } from '../src/operators/localise.ts';
import { track } from '../src/operators/track.ts';
import { trackInHindsight } from '../src/operators/track-in-hindsight.ts';
import type { Localisation, Namer, Track } from '../src/types.ts';

export interface EvaluateVideoOptions {
  /** A folder with `classes.csv`, `gt/<clip>.csv` and the clips, `<clip>.mp4` or another container. */
  readonly video: string;
  readonly model?: string;
  /** How much work goes into the maps; `fast` where absent. */
  readonly accuracy?: AccuracyName;
  /** `WIDTHxHEIGHT`; by the accuracy and each clip's aspect where absent. */
  readonly inputSize?: string;
  /** The only threshold; chosen by cross-validation where absent. */
  readonly threshold?: number;
  readonly stride?: Stride;
  /** Follows as a live stream is followed: nothing from later frames. */
  readonly live?: boolean;
  readonly precision?: PrecisionWish;
  readonly threads?: number;
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
  const model = await loadModel(options.model, { open: openOnnx });
  const thresholds = options.threshold === undefined ? CLIP_THRESHOLDS : [options.threshold];
  const engine = await openEngine(model, {
    threads: options.threads,
    precision: options.precision,
    refine: accuracies[options.accuracy ?? 'fast'],
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

async function evaluateClip({ clip, classes, boxes, path }: Clip, setting: Setting): Promise<ClipResult> {
  const { model, engine, thresholds, stride = 1, live = false, threads } = setting;
  const accuracy = accuracies[setting.accuracy ?? 'fast'];
  const asked = createNamer([{ wnid: '', name: clip, classes }]);
  const free = createNamer(plainNames(model.tree));
  const smooth = smoothProbabilities();
  const pairUp = recentPictures();
  const overTime = { asked: mapsOverTime(), free: mapsOverTime() };
  const source = await openSource({
    input: path,
    vectors: stride !== 1,
    ...(threads === undefined ? {} : { threads }),
  });
  const { display } = source.info.video;
  const grid =
    setting.inputSize === undefined
      ? chooseInputSize(display, model, accuracy.area)
      : parseInputSize(setting.inputSize, model);
  const seen: { frame: LocalisedFrame; asked?: Localisation[][]; free?: Localisation[] }[] = [];
  const frames = source.frames({ inputSize: grid, stride, interval: live ? AUTO.liveSeconds : AUTO.seconds }).pipe(
    consume(async (sourceFrame) => {
      const { input, glimpse, ...rest } = sourceFrame;
      const frame = { ...rest, hold: () => () => {}, annotate() {} };
      const { pts } = frame;
      if (glimpse) pairUp(glimpse, glimpse.pts);
      const pair = input && pairUp(input, pts);
      if (input === undefined) return void seen.push({ frame });
      const [maps] = await engine.run([input]);
      const same = { display, grid, topK: 1, probabilities: smooth(softmax(maps!.logits), pts) };
      const improved = once(overTime.asked(pts, pair));
      seen.push({
        frame,
        asked: thresholds.map((threshold) =>
          localise(maps!, { ...same, namer: asked, minScore: 0, threshold, overTime: improved }),
        ),
        free: localise(maps!, {
          ...same,
          namer: free,
          minScore: LOCALISE_DEFAULTS.minScore,
          threshold: setting.threshold ?? accuracy.threshold,
          overTime: overTime.free(pts, pair),
        }),
      });
    }),
  );
  await lastValueFrom(frames, { defaultValue: undefined });
  await source.close();

  async function follow(localisations: readonly (readonly Localisation[] | undefined)[], namer: Namer, sure?: number) {
    const all = seen.map(({ frame }, position) => ({ ...frame, localisations: localisations[position]! }));
    const options = { namer, ...(sure === undefined ? {} : { sureScore: sure }) };
    const following = live ? track({ ...options, between: 'predict' }) : trackInHindsight(options);
    return lastValueFrom(from(all).pipe(following, toArray()));
  }
  const settings = thresholds.map((_, setting) => setting);
  // What was asked for is there: no localisation is too unsure to begin with.
  const tracked = await Promise.all(
    settings.map((setting) =>
      follow(
        seen.map(({ asked }) => asked?.[setting]),
        asked,
        0,
      ),
    ),
  );
  const named = await follow(
    seen.map(({ free }) => free),
    free,
  );
  const right = new Set(classes);
  return {
    clip,
    frames: seen.length,
    frameBoxes: settings.map((setting) =>
      scoreClip(
        seen.map(({ asked }): FrameAnswer => ({ box: asked?.[setting]?.[0]?.box })),
        new Map([...boxes].filter(([frame]) => seen[frame]?.asked !== undefined)),
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

/** One frame's map, which is the same at every threshold. */
function once(overTime: MapOverTime): MapOverTime {
  let improved: ReturnType<MapOverTime> | undefined;
  return (map, classes) => {
    improved ??= overTime(map, classes);
    return improved;
  };
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
