import type { Named, OptionSpec } from './option.ts';

/** What holds if the option is left out, for people; undefined if that goes without saying. */
export function defaultInWords(spec: OptionSpec): string | undefined {
  if (spec.absent !== undefined) return spec.absent;
  return 'default' in spec && typeof spec.default !== 'boolean' ? String(spec.default) : undefined;
}

/** What it may be, for people, as `0 to 1, seconds`; undefined if its words say enough. */
export function rangeInWords(spec: OptionSpec): string | undefined {
  switch (spec.type) {
    case 'integer':
    case 'number':
      return [between(spec.range), spec.unit].filter(Boolean).join(', ');
    case 'stride':
      return `auto, or ${between(spec.range)}`;
    case 'choice':
      return spec.of.join(', ');
    case 'list':
    case 'origins':
    case 'networks':
      return 'several, comma-separated';
    default:
      return undefined;
  }
}

/** Its words as a sentence. */
export function sentence({ words }: OptionSpec): string {
  return `${words[0]!.toUpperCase()}${words.slice(1)}.`;
}

/** How it is written on the command line, as `-o, --output <file>` or `--no-tracks`. */
export function flagsOf(spec: Named): string {
  const long = (spec.flag ?? spec.name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const negated = spec.type === 'switch' && spec.default === true ? 'no-' : '';
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  const form = spec.type === 'switch' ? '' : ` <${spec.form ?? FORMS[spec.type]}${spec.type === 'paths' ? '...' : ''}>`;
  return `${short}--${negated}${long}${form}`;
}

/** What --help says of it. */
export function helpOf(spec: OptionSpec): string {
  const several = ['list', 'origins', 'networks'].includes(spec.type) ? '; comma-separated' : '';
  const absent = defaultInWords(spec);
  return `${spec.words}${several}${absent === undefined ? '' : ` (default: ${absent})`}`;
}

function between([low, high]: readonly [number, number]): string {
  const isOpen = high === Number.POSITIVE_INFINITY || high === Number.MAX_SAFE_INTEGER;
  return isOpen ? `${low} or more` : `${low} to ${high}`;
}

const FORMS = {
  integer: 'n',
  number: 'x',
  stride: 'n|auto',
  time: 'time',
  span: 'time',
  choice: 'name',
  text: 'text',
  list: 'names',
  origins: 'url',
  networks: 'addresses',
  paths: 'path',
} as const;
