export { type Refinable, refinable } from './refinable.ts';
