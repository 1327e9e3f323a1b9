import { analysisOptions, networkOptions } from './analysis.ts';
import { eventsOptions, exportOptions, signOptions, trackOptions } from './clients.ts';
import { evaluateOptions } from './evaluate.ts';
import { fileOptions } from './files.ts';
import { generalOptions } from './general.ts';
import { modelOptions, teachOptions } from './models.ts';
import { type Named, use, type ValueOf } from './option.ts';
import { serveOptions, serverOptions } from './server.ts';
import { streamOptions, watchOptions } from './streams.ts';

const { labels, excludeLabels, topK, minScore, threshold, accuracy, inputSize, stride, tracks } = analysisOptions;
const { model, provider, precision, threads, batch } = networkOptions;
const token = use(serverOptions.token, { absent: 'HEATBOX_TOKEN of the environment' });
const { force, quiet, verbose } = generalOptions;

/** The options of each command, in the order of its --help. What is different in a place is said there. */
export const commandOptions = {
  annotate: [
    ...[fileOptions.output, fileOptions.json],
    ...[labels, excludeLabels, topK, minScore, threshold, accuracy, inputSize],
    use(stride, { absent: 'auto; 1 with --heatmap or --no-tracks' }),
    ...[
      fileOptions.heatmap,
      fileOptions.heatmapOpacity,
      fileOptions.blur,
      tracks,
      fileOptions.start,
      fileOptions.duration,
    ],
    batch,
    use(threads, { words: 'threads of the network, the decoder and the encoder each' }),
    ...[provider, precision, model],
    ...[fileOptions.hwaccel, fileOptions.encoder, fileOptions.crf, fileOptions.preset, fileOptions.profile],
    ...[force, quiet, verbose],
  ],
  watch: [
    ...[serverOptions.port, serverOptions.host, token, serverOptions.insecure],
    ...[serverOptions.origins, serverOptions.trustProxy],
    ...[watchOptions.open, watchOptions.record, force, streamOptions.loop, streamOptions.transport],
    ...[labels, excludeLabels, topK, minScore, threshold, inputSize, stride],
    ...[threads, provider, precision, model, verbose],
  ],
  serve: [use(serverOptions.port, { absent: "the configuration's" }), serveOptions.logLevel],
  sign: [token, signOptions.for],
  events: [
    ...[eventsOptions.streams, eventsOptions.types, eventsOptions.labels, eventsOptions.minScore],
    ...[eventsOptions.region, eventsOptions.maxRate, eventsOptions.from, eventsOptions.every],
    ...[token, eventsOptions.format],
  ],
  export: [exportOptions.format, exportOptions.output, exportOptions.stream, exportOptions.session, force],
  'config check': [],
  'config schema': [],
  probe: [generalOptions.json, verbose],
  devices: [generalOptions.json],
  labels: [modelOptions.tree, model, generalOptions.json, verbose],
  evaluate: [
    ...[
      evaluateOptions.images,
      evaluateOptions.boxes,
      evaluateOptions.byFolder,
      evaluateOptions.video,
      accuracy,
      inputSize,
    ],
    use(threshold, { absent: 'for each half the one that is best on the other' }),
    use(stride, { absent: '1' }),
    ...[evaluateOptions.live, precision, threads, model],
    ...[evaluateOptions.json, evaluateOptions.worst, evaluateOptions.perClass, quiet, verbose],
  ],
  track: [
    ...[trackOptions.detections, trackOptions.size, trackOptions.frameRate, trackOptions.output, trackOptions.live],
    ...[force, verbose],
  ],
  'models list': [modelOptions.registry, generalOptions.json],
  'models pull': [modelOptions.registry, modelOptions.offline],
  'models verify': [],
  'models remove': [],
  'models inspect': [modelOptions.preprocess, modelOptions.output],
  'models add': [modelOptions.labels, modelOptions.preprocess, modelOptions.name, modelOptions.output, force],
  'models convert': [modelOptions.folder, modelOptions.labels, modelOptions.preprocess, modelOptions.name, force],
  'models quantize': [modelOptions.calibrate, modelOptions.pictures],
  'models export': [teachOptions.output, force],
  teach: [
    ...[teachOptions.name, teachOptions.negatives, teachOptions.keepImagenet, teachOptions.from, teachOptions.sheet],
    ...[precision, threads, force, quiet, verbose],
  ],
} as const satisfies Readonly<Record<string, readonly Named[]>>;

export type CommandName = keyof typeof commandOptions;

type FlagOf<Spec> = Spec extends { flag: infer Flag extends string }
  ? Flag
  : Spec extends { name: infer Name extends string }
    ? Name
    : never;

type Always = { readonly required: true } | { readonly type: 'switch'; readonly default: true };

/** What the command line hands to a command. Defaults are left to it, so that it can tell them from what was given. */
export type FlagsOf<Command extends CommandName, Specs = (typeof commandOptions)[Command][number]> = {
  readonly [Spec in Specs as Spec extends Always ? FlagOf<Spec> : never]: ValueOf<Spec>;
} & {
  readonly [Spec in Specs as Spec extends Always ? never : FlagOf<Spec>]?: ValueOf<Spec>;
};
