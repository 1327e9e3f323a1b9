/** What models are made of classifiers with; nobody who only uses a model loads it. */

export type { Prepared } from '../classifier/prepare-classifier.ts';
export { preprocessings } from '../preprocessing.ts';
export { type Quantised, quantiseModel } from '../quantise/quantise-model.ts';
export { type Cam, type MakeCamOptions, makeCam } from '../surgery/index.ts';
export { type AddedModel, type AddModelOptions, addModel } from './add-model.ts';
export { type ConvertModelOptions, convertModel } from './convert-model.ts';
export { exportModel } from './export-model.ts';
export { type Inspection, inspectModel } from './inspect-model.ts';
