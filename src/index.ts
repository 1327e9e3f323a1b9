/** heatbox's public API: the pipeline's stages, and the ready-made pipeline for files. */
export { type AnnotateRun, annotateFile } from '../pipelines/annotate-file.ts';
export type { AnnotateFileOptions } from '../pipelines/annotate-options.ts';
export { type LocaliseOptions as CamOptions, localise as localiseMaps } from './cam/localise.ts';
export { HeatboxError } from './error.ts';
export type { Engine, EngineOptions } from './inference/engine.ts';
export { openEngine } from './inference/open-engine.ts';
export type { SourceInfo } from './media/protocol.ts';
export { type FramesOptions, openSource, type Source, type SourceFrame } from './media/source.ts';
export { chooseInputSize, loadModel, type Model, resolveLabels } from './model/index.ts';
export { consume } from './operators/consume.ts';
export { draw } from './operators/draw.ts';
export { type LocalisedFrame, type LocaliseOptions, localise } from './operators/localise.ts';
export { type TrackedFrame, type TrackOptions, track, untracked } from './operators/track.ts';
export { createTracker, type Tracker, type TrackerInput, type TrackerOptions } from './track/tracker.ts';
export type * from './types.ts';
