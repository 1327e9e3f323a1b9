/**
 * heatbox localises objects in video with an ordinary image classifier.
 *
 * `localiseVideo` is the short way. The pipelines do what the commands do. Below them are the RxJS operators that they are
 * made of.
 *
 * @packageDocumentation
 */

// Pipelines: what the commands do, and what they report.
export type { AnalysisOptions, AnnotateFileOptions, FileOptions } from '../pipelines/analysis.ts';
export * from '../pipelines/annotate-file.ts';
export { type EvaluatedImages, type EvaluateImagesOptions, evaluateImages } from '../pipelines/evaluate-images.ts';
export * from '../pipelines/evaluate-video.ts';
// Models, and the engines that run them.
export * from '../pipelines/load-model.ts';
// The short way.
export * from '../pipelines/localise-video.ts';
export * from '../pipelines/publish-events.ts';
export type { Stage } from '../pipelines/stage-times.ts';
export * from '../pipelines/track-detections.ts';
export * from '../pipelines/watch-live.ts';
export type { AccuracyName } from './cam/accuracy.ts';
// The arithmetic, on its own.
export { type CamOptions, localiseMaps, type MapOverTime } from './cam/localise-maps.ts';
// Words that all share.
export * from './error.ts';
export * from './error-codes.ts';
export type { ClipRow, ClipScore, LabelScore, VideoReport } from './evaluate/clip-report.ts';
export type { BoxAccuracy, ClassRow, ImageReport } from './evaluate/image-report.ts';
// Events, and the server that publishes them.
export * from './events/crop-store.ts';
export type { DiskOptions } from './events/log/disk.ts';
export * from './events/log/log.ts';
export type { Replayed } from './events/log/replay.ts';
export type { LogEntry } from './events/log/ring.ts';
export type { LogHealth } from './events/log/writer.ts';
// Run files, and other tools' formats.
export { openRunFile, type RunFile, type Written } from './events/run-file-writer.ts';
export type { LabelOf } from './events/wire-track.ts';
export { type ExportFormat, type ExportOptions, exportRecording, type Selection } from './exports/index.ts';
export type { Pending } from './files/commit-together.ts';
export type { Engine, EngineWork } from './inference/engine.ts';
export { type OpenEngineOptions, openEngine } from './inference/open-engine.ts';
export { type SharedEngineOptions, shareEngine } from './inference/pools/shared-engine.ts';
export type { Precision, PrecisionWish } from './inference/providers/precision.ts';
export type { Ratio } from './media/frames/av.ts';
// Sources and operators.
export type { HostListeners } from './media/host/host-line.ts';
export type {
  Chapter,
  Colour,
  HostTotals,
  OpenOptions,
  OutputOptions,
  SourceInfo,
  StreamInfo,
  VideoInfo,
} from './media/protocol.ts';
export * from './media/source.ts';
export type { Stride } from './media/stride.ts';
export type { Linear } from './model/convert/cam-head.ts';
export type { Manifest, manifestSchema } from './model/files/manifest.ts';
export {
  chooseInputSize,
  createNamer,
  type LabelNode,
  type LabelTree,
  type Model,
  resolveLabels,
  searchLabels,
  type TaughtHead,
  type TfjsHead,
  type TfjsNetwork,
  type WantedLabels,
  wantedGroups,
} from './model/index.ts';
export type { ChannelValues, Preprocessing } from './model/preprocessing.ts';
export { consume } from './operators/consume.ts';
export { type DrawOptions, draw } from './operators/draw.ts';
export { type KeepAliveOptions, keepAlive } from './operators/keep-alive.ts';
export { type LocalisedFrame, type LocaliseOptions, localise } from './operators/localise.ts';
export type { LocaliserOptions } from './operators/localiser.ts';
export type { NetworkOptions, Seen } from './operators/run-network.ts';
export type { Phase, PhaseOptions, Standing } from './operators/stream-phase.ts';
export { type TrackedFrame, type TrackOptions, track, untracked } from './operators/track.ts';
export { type HindsightTrackOptions, trackInHindsight } from './operators/track-in-hindsight.ts';
export type { HeatMap, Overlay, OverlayTrack } from './overlay/index.ts';
export type * from './protocol/events.ts';
export type { RunHeader, RunTotals, runHeaderSchema, runTotalsSchema } from './protocol/run-file.ts';
export type { AccessUnit, CellMap, DecoderConfig, Rendition, VideoConfig } from './protocol/video.ts';
export type { AccessOptions } from './server/access/access.ts';
export type { TrustProxy } from './server/access/forwarded.ts';
export type { Limits } from './server/limits.ts';
export { createLogger, type Logger } from './server/logger.ts';
export { createMetrics, type Metrics } from './server/metrics.ts';
export { type HeatboxServer, type ServerOptions, startServer } from './server/server.ts';
export type { VideoFeed } from './server/video/feed.ts';
export type { Note, Profile, Slice } from './threads/notes.ts';
export type { Shift } from './track/carry.ts';
export {
  createTracker,
  type ObservedTrack,
  type Tracker,
  type TrackerInput,
  type TrackerOptions,
} from './track/tracker.ts';
export * from './types.ts';
