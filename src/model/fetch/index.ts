export { type RegistryEntry, readRegistry } from '../files/registry.ts';
export { type PullOptions, pullModel } from './pull-model.ts';
export { type ListedModel, listModels, removeModel } from './stored-models.ts';
export { verifyModel } from './verify-model.ts';
