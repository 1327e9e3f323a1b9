import { availableParallelism } from 'node:os';
import { finalize, tap } from 'rxjs';
import { openEngine } from '../src/inference/open-engine.js';
import { encoderProfile } from '../src/media/encoders.js';
import { openSource } from '../src/media/source.js';
import { chooseInputSize, loadModel, parseInputSize, resolveLabels } from '../src/model/index.js';
import { draw } from '../src/operators/draw.js';
import { LOCALISE_DEFAULTS, localise } from '../src/operators/localise.js';
import { track, untracked } from '../src/operators/track.js';
import { containerOf, planOutput } from '../src/output-file.js';
/**
 * Source → localise → track → draw → encode: a video file with boxes on it.
 *
 * @throws HeatboxError where an option or the input is wrong; nothing is left open or on disk then.
 */
export async function annotateFile(options) {
  const { input, stride = 1, batch = LOCALISE_DEFAULTS.batch, tracks = true } = options;
  const output = options.output === undefined ? undefined : planOutput(options.output, input, options.force ?? false);
  const encoding = output && encodingOf(output, options);
  const model = await loadModel(options.model);
  const classes = allowedClasses(model, options);
  const wantedSize = options.inputSize === undefined ? undefined : parseInputSize(options.inputSize, model);
  const threads = options.threads ?? availableParallelism();
  const source = await openSource(
    { input, threads, ...defined({ start: options.start, duration: options.duration, hwaccel: options.hwaccel }) },
    { warning: options.onWarning, log: options.onLog },
  );
  const inputSize = wantedSize ?? chooseInputSize(source.info.video.display, model);
  const engine = await openEngine(model, {
    provider: options.provider,
    threads,
    warmUp: { ...inputSize, batch },
  }).catch(async (error) => {
    await source.close();
    throw error;
  });
  const credits = creditsFor(source.info.video.coded, batch, stride);
  const frames = source.frames({ inputSize, stride, credits, ...defined({ output: encoding }) }).pipe(
    localise({
      engine,
      batch,
      ...defined({ classes, topK: options.topK, minScore: options.minScore, threshold: options.threshold }),
    }),
    tracks ? track() : untracked(),
    output === undefined ? tap() : draw({ labels: model.labels, heatmap: options.heatmap, ids: tracks }),
  );
  let committed = false;
  const close = async () => {
    await Promise.all([source.close(), engine.close()]);
    if (!committed) output?.discard();
  };
  const commit = () => {
    output?.commit();
    committed = true;
  };
  return {
    info: source.info,
    model,
    inputSize,
    provider: engine.provider,
    frames: frames.pipe(tap({ complete: commit }), finalize(close)),
    stop: () => source.stop(),
    totals: () => source.totals(),
    close,
  };
}
function encodingOf(output, { encoder = 'libx264', crf, preset, threads }) {
  const format = containerOf(output.path);
  const profile = encoderProfile(encoder, format);
  return {
    path: output.temporary,
    format,
    encoder,
    crf: crf ?? profile.defaultQuality,
    threads: threads ?? 0,
    ...defined({ preset }),
  };
}
function allowedClasses(model, { labels, excludeLabels }) {
  if (labels === undefined && excludeLabels === undefined) return undefined;
  const excluded = new Set(excludeLabels === undefined ? [] : resolveLabels(model.labels, excludeLabels));
  const wanted = labels === undefined ? model.labels.map(({ index }) => index) : resolveLabels(model.labels, labels);
  return [...new Set(wanted)].filter((index) => !excluded.has(index));
}
/** Bytes that full frames under way may take. */
const FRAMES_MEMORY = 256 * 2 ** 20;
/** Two batches in the network's hands and one being decoded, as far as the memory for full frames goes. */
function creditsFor({ width, height }, batch, stride) {
  const affordable = Math.floor(FRAMES_MEMORY / (width * height * 1.5));
  return Math.max(2 * stride, Math.min(3 * batch * stride, affordable));
}
/** Without the keys whose value is undefined. */
function defined(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
