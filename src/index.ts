/** heatbox's public API: the pipeline's stages, and the ready-made pipeline for files. */

export type { AnnotateFileOptions } from '../pipelines/analysis.ts';
export { type AnnotateRun, annotateFile } from '../pipelines/annotate-file.ts';
export { type CamOptions, localiseMaps } from './cam/localise-maps.ts';
export { HeatboxError } from './error.ts';
export type { Engine } from './inference/engine.ts';
export { type OpenEngineOptions, openEngine } from './inference/open-engine.ts';
export type { SourceInfo } from './media/protocol.ts';
export { type FramesOptions, openSource, type Source, type SourceFrame } from './media/source.ts';
export { chooseInputSize, loadModel, type Model, resolveLabels } from './model/index.ts';
export { consume } from './operators/consume.ts';
export { draw } from './operators/draw.ts';
export { type LocalisedFrame, type LocaliseOptions, localise } from './operators/localise.ts';
export { type TrackedFrame, type TrackOptions, track, untracked } from './operators/track.ts';
export { createTracker, type Tracker, type TrackerInput, type TrackerOptions } from './track/tracker.ts';
export type * from './types.ts';
