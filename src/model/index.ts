export { chooseInputSize, parseInputSize } from './input-size.ts';
export { type LabelMatch, matchLabel, resolveLabels, searchLabels } from './labels.ts';
export { defaultModel, loadModel, type Model } from './load-model.ts';
export type { Manifest } from './manifest.ts';
