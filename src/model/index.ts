/** What models are used with; `making.ts` is what they are made with. */
export { cacheFolder, userModels } from './files/folders.ts';
export { readInside } from './files/inside.ts';
export type { ClassifierManifest, Manifest } from './files/manifest.ts';
export { checkInputSize, chooseInputSize, parseInputSize } from './input-size.ts';
export { describeGroup, type GroupMatch, matchGroup, resolveGroups, wnidsWithin } from './labels/groups.ts';
export { buildLabelTree, type LabelNode, type LabelTree, lineOf } from './labels/label-tree.ts';
export { type LabelMatch, matchLabel, resolveLabels, searchLabels } from './labels/labels.ts';
export { createNamer } from './labels/naming.ts';
export { plainNames } from './labels/plain-names.ts';
export { type WantedLabels, wantedGroups } from './labels/wanted-groups.ts';
export { defaultModel, type LoadModelOptions, loadModel } from './load-model.ts';
export type { Model, TaughtHead } from './model.ts';
export type { Preprocessing } from './preprocessing.ts';
export type { OnnxRun, OpenOnnx, PlainTensor } from './run-onnx.ts';
export type { TfjsHead, TfjsNetwork } from './tfjs/network.ts';
