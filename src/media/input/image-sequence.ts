import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The images that a pattern such as `frames/%04d.png` names. */
interface ImageSequence {
  /** The number it begins with. */
  readonly first: number;
  /** The first image that is missing or empty though others follow: there FFmpeg's reading ends. */
  readonly gap?: string;
}

const NUMBER = /%(\d*)d/;

/** Whether a path is a pattern, unless there is a file of that very name. */
export function isPattern(path: string): boolean {
  return NUMBER.test(path) && statSync(path, { throwIfNoEntry: false }) === undefined;
}

/**
 * Looks for a pattern's images.
 *
 * @param pattern - As FFmpeg has it: `%d`, or `%04d` for numbers with zeros before; `%%` is a percent sign.
 * @returns undefined where there is none.
 */
export function imageSequence(pattern: string): ImageSequence | undefined {
  const folder = dirname(pattern);
  const [before, digits, after] = basename(pattern).split(NUMBER) as [string, string?, string?];
  if (digits === undefined || after === undefined) return undefined;
  const [prefix, suffix] = [before, after].map((part) => part.replaceAll('%%', '%')) as [string, string];
  const nameOf = (number: number) => `${prefix}${String(number).padStart(Number(digits), '0')}${suffix}`;
  const numbers = namesIn(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    .map((name) => ({ name, number: Number.parseInt(name.slice(prefix.length, name.length - suffix.length), 10) }))
    .filter(({ name, number }) => name === nameOf(number))
    .map(({ number }) => number)
    .sort((a, b) => a - b);
  const [first] = numbers;
  // A name that is not UTF-8 is in the list, but cannot be opened as it is read.
  const sizeOf = (number: number) => statSync(join(folder, nameOf(number)), { throwIfNoEntry: false })?.size;
  if (first === undefined || sizeOf(first) === undefined) return undefined;
  const gap = numbers.findIndex((number, index) => number !== first + index || !sizeOf(number));
  return gap < 0 ? { first } : { first, gap: join(folder, nameOf(first + gap)) };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
