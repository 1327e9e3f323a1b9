import { HeatboxError } from '../../error.ts';
import type { Stride } from '../../media/stride.ts';
import { isNetwork } from '../../server/access/forwarded.ts';

/** Reads options' values; each throws HeatboxError `BAD_VALUE` that names the option and shows what was given. */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;

export function integer(option: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text.trim()) && value >= low && value <= high) return value;
    throw bad(option, text, `a whole number from ${low} to ${high}`);
  };
}

export function number(option: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (DECIMAL.test(text.trim()) && value >= low && value <= high) return value;
    throw bad(option, text, `a number from ${low} to ${high}`);
  };
}

/** `auto`, or a whole number. */
export function stride(option: string, low: number, high: number): (text: string) => Stride {
  return (text) => {
    const value = Number(text);
    if (text.trim() === 'auto') return 'auto';
    if (/^\d+$/.test(text.trim()) && value >= low && value <= high) return value;
    throw bad(option, text, `auto, or a whole number from ${low} to ${high}`);
  };
}

/** Seconds, or `[[hours:]minutes:]seconds`, as FFmpeg takes them: what follows a colon is below 60. */
export function time(option: string): (text: string) => number {
  return (text) => {
    const match = /^(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d*)?|\.\d+)s?$/.exec(text.trim());
    const [, hours = 0, minutes = 0, seconds = 0] = (match ?? []).map((part) => Number(part ?? 0));
    const fits = (match?.[2] === undefined || seconds < 60) && (match?.[1] === undefined || minutes < 60);
    if (match && fits) return hours * 3600 + minutes * 60 + seconds;
    throw bad(option, text, 'a time: seconds, or hours:minutes:seconds, below 60 after a colon');
  };
}

/** A time above zero. */
export function span(option: string): (text: string) => number {
  return (text) => {
    const value = time(option)(text);
    if (value > 0) return value;
    throw bad(option, text, 'a time above 0');
  };
}

/** One of these words. */
export function oneOf<Word extends string>(option: string, words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((known) => known === text.trim());
    if (word !== undefined) return word;
    throw bad(option, text, `one of ${words.join(', ')}`);
  };
}

/** Words between commas; several uses of the option add up. */
export function list(option: string): (text: string, before?: string[]) => string[] {
  return (text, before = []) => {
    const words = text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
    if (words.length > 0) return [...before, ...words];
    throw bad(option, text, 'a list of names with commas between them');
  };
}

/** Web origins, of a URL of the page each, comma-separated; several uses of the option add up. */
export function origins(option: string): (text: string, before?: string[]) => string[] {
  return (text, before = []) => [
    ...before,
    ...list(option)(text).map((word) => {
      const origin = /^https?:\/\//i.test(word) && URL.canParse(word) ? new URL(word).origin : undefined;
      if (origin !== undefined) return origin;
      throw bad(option, word, 'a web origin, e.g. https://example.org');
    }),
  ];
}

/** Addresses and networks, comma-separated, or `all`; several uses of the option add up. */
export function networks(option: string): (text: string, before?: string[]) => string[] {
  return (text, before = []) => {
    const words = list(option)(text);
    const wrong = words.find((word) => word !== 'all' && !isNetwork(word));
    if (wrong === undefined) return [...before, ...words];
    throw bad(option, wrong, 'an address or a network, e.g. 127.0.0.1 or 10.0.0.0/8, or all');
  };
}

function bad(option: string, text: string, wanted: string): HeatboxError {
  return new HeatboxError('BAD_VALUE', `${option} "${text}" is not ${wanted}`, {
    value: text,
    kind: 'usage',
    hint: 'The --help of the command says what it takes.',
  });
}
