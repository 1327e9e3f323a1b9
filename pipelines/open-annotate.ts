import { availableParallelism } from 'node:os';
import type { Engine } from '../src/inference/engine.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import { checkProviders } from '../src/inference/providers/providers.ts';
import { perSecond } from '../src/media/frame-rate.ts';
import { openSource, type Source } from '../src/media/source.ts';
import type { Stride } from '../src/media/stride.ts';
import { chooseInputSize, type Model } from '../src/model/index.ts';
import { NETWORK_DEFAULTS } from '../src/operators/run-network.ts';
import { HINDSIGHT_SECONDS } from '../src/operators/track-in-hindsight.ts';
import type { LabelGroup, Size } from '../src/types.ts';
import { type AnalysisOptions, type AnnotateFileOptions, openModel } from './analysis.ts';
import { creditsFor, fittingStride, framesAhead } from './frame-credits.ts';
import type { Profiling } from './profiling.ts';

/** What a run is joined from: opened, checked, and fitted to each other. */
export interface AnnotateParts {
  readonly source: Source;
  readonly engine: Engine;
  readonly model: Model;
  /** What may be named. */
  readonly groups: readonly LabelGroup[];
  readonly inputSize: Size;
  readonly stride: Stride;
  readonly batch: number;
  /** Frames under way at most. */
  readonly credits: number;
  /** Of these, how many are held for what follows them. */
  readonly ahead: number;
}

/**
 * Opens the source and the network, both at once, and settles what depends on the two.
 *
 * @param keepsFrames Whether the full frames wait to be drawn on.
 * @throws HeatboxError where an option, the input or the model is wrong; nothing is left open then.
 */
export async function openParts(
  options: AnnotateFileOptions,
  { keepsFrames, slices, onWork }: { keepsFrames: boolean } & Partial<Profiling>,
): Promise<AnnotateParts> {
  const { input, start, duration, hwaccel, onLog, onWarning, tracks = true } = options;
  const { stride: wanted = tracks && options.heatmap === undefined ? 'auto' : 1 } = options;
  const { batch = NETWORK_DEFAULTS.batch, threads = availableParallelism() } = options;
  // Refused before anything is opened.
  checkProviders(options.providers ?? ['auto']);
  const [source, { model, groups, wantedSize, engine }] = await bothOpen(
    openSource(
      { input, threads, vectors: wanted !== 1, start, duration, hwaccel },
      { warning: onWarning, log: onLog, slices },
    ),
    openNetwork({ ...options, threads }, onWork),
  );
  const { coded, display, frameRate } = source.info.video;
  let stride = wanted;
  try {
    if (keepsFrames) stride = fittingStride(coded, wanted);
  } catch (error) {
    await Promise.all([source.close(), engine.close()]);
    throw error;
  }
  // Only warn if the user asked for better maps.
  if (engine.plain && options.accuracy !== undefined) {
    const message = `${model.name} has no earlier stages that its maps could be refined with: they stay plain`;
    onWarning?.('MAPS_PLAIN', message);
  }
  const rate = perSecond(frameRate);
  const ahead = tracks ? framesAhead(coded, { seconds: HINDSIGHT_SECONDS, rate, keepsFrames }) : 0;
  return {
    source,
    engine,
    model,
    groups,
    inputSize: wantedSize ?? chooseInputSize(display, model, options.accuracy),
    stride,
    batch,
    credits: creditsFor(coded, { ahead, batch, workers: engine.workers ?? 1, stride, keepsFrames }),
    // Boxes within a fixed stride want the frame at its end.
    ahead: stride === 'auto' ? ahead : ahead + stride - 1,
  };
}

async function openNetwork(options: AnalysisOptions, onWork: Profiling['onWork'] | undefined) {
  const { providers, precision, accuracy, threads, onWarning } = options;
  const opened = await openModel(options);
  const engine = await openEngine(opened.model, {
    providers,
    precision,
    threads,
    favour: 'throughput',
    accuracy,
    onWarning,
    onWork,
  });
  return { ...opened, engine };
}

/** Waits for both. Where one fails, the other is closed; the source's own failure comes first, and as soon as it is known. */
async function bothOpen<T extends { readonly engine: Engine }>(
  opening: Promise<Source>,
  loading: Promise<T>,
): Promise<[Source, T]> {
  loading.catch(() => {});
  const source = await opening.catch((error: unknown) => {
    void loading.then(({ engine }) => engine.close()).catch(() => {});
    throw error;
  });
  try {
    return [source, await loading];
  } catch (error) {
    await source.close();
    throw error;
  }
}
