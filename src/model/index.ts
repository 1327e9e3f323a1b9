/** What models are used with; `making.ts` is what they are made with. */
export { cacheFolder, userModels } from './files/folders.ts';
export type { ClassifierManifest, Manifest } from './files/manifest.ts';
export { describeGroup, type GroupMatch, matchGroup, resolveGroups, wnidsWithin } from './groups.ts';
export { chooseInputSize, parseInputSize } from './input-size.ts';
export { buildLabelTree, type LabelNode, type LabelTree, lineOf } from './label-tree.ts';
export { type LabelMatch, matchLabel, resolveLabels, searchLabels } from './labels.ts';
export { defaultModel, type LoadModelOptions, loadModel, type Model } from './load-model.ts';
export { createNamer } from './naming.ts';
export { plainNames } from './plain-names.ts';
export type { Preprocessing } from './preprocessing.ts';
export type { OnnxRun, OpenOnnx, PlainTensor } from './run-onnx.ts';
export type { TfjsHead, TfjsNetwork } from './tfjs/head.ts';
