export { halfPrecision } from './half-precision.ts';
export { type Refinable, refinable } from './refinable.ts';
