export type { ClassWeights } from './class-weights.ts';
export { type Refinable, refinable } from './refinable.ts';
