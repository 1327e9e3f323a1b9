export { type PullOptions, pullModel } from './pull-model.ts';
export { type RegistryEntry, readRegistry } from './registry.ts';
export { type ListedModel, listModels, removeModel } from './stored-models.ts';
export { verifyModel } from './verify-model.ts';
