import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Whatever is random follows from it. */
  readonly seed: number;
  /** How long to go on, at the most. */
  readonly minutes: number;
}

/**
 * The options that every benchmark takes, `--seed` and `--minutes`; both are numbers from 0.
 *
 * @throws Error if one of them is no such number, or for any other argument.
 */
export function benchOptions(defaults: BenchOptions): BenchOptions {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, minutes: { type: 'string' } } });
  const numberOf = (name: keyof BenchOptions) => {
    const text = values[name];
    if (text === undefined) return defaults[name];
    if (text.trim() === '' || !(Number(text) >= 0)) throw new Error(`--${name} "${text}" is not a number from 0`);
    return Number(text);
  };
  return { seed: numberOf('seed'), minutes: numberOf('minutes') };
}
