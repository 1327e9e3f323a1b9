/** What an option takes. Its words, range and default are written here and nowhere else. */
export type OptionSpec = Words &
  (
    | (Ranged & { readonly type: 'integer' | 'number'; readonly default?: number })
    /** A whole number, or `auto`. */
    | (Ranged & { readonly type: 'stride'; readonly default?: number | 'auto' })
    /** Seconds; on the command line also `[[hours:]minutes:]seconds`. A `span` is above 0. */
    | { readonly type: 'time' | 'span'; readonly default?: number }
    | { readonly type: 'choice'; readonly of: readonly string[]; readonly default?: string }
    | { readonly type: 'text'; readonly default?: string }
    /** Several texts: `origins` are web origins, `networks` addresses, networks or `all`, `paths` follow each other. */
    | { readonly type: 'list' | 'origins' | 'networks' | 'paths' }
    /** On the command line it has no value; if `true` is the default, its flag is negated, and so are the words. */
    | { readonly type: 'switch'; readonly default?: boolean }
  );

interface Words {
  /** What it does, as in --help: no capital, no full stop. */
  readonly words: string;
  /** What holds if it is left out, in words, where that is no plain value or needs more words. */
  readonly absent?: string;
  /** Its name on the command line, in camel case, where that is not its own. */
  readonly flag?: string;
  /** One letter of the command line. */
  readonly short?: string;
  /** What --help shows as its value, where the type does not say it. */
  readonly form?: string;
  /** Whether a command does not run without it. */
  readonly required?: true;
}

interface Ranged {
  /** Lowest and highest value. */
  readonly range: readonly [low: number, high: number];
  readonly unit?: string;
}

export type Named<Spec extends OptionSpec = OptionSpec> = Spec & { readonly name: string };

/** The type of an option's value. */
export type ValueOf<Spec> = Spec extends { type: 'integer' | 'number' | 'time' | 'span' }
  ? number
  : Spec extends { type: 'stride' }
    ? number | 'auto'
    : Spec extends { type: 'choice'; of: readonly (infer Choice)[] }
      ? Choice
      : Spec extends { type: 'text' }
        ? string
        : Spec extends { type: 'switch' }
          ? boolean
          : Spec extends { type: 'list' | 'origins' | 'networks' | 'paths' }
            ? readonly string[]
            : never;

/** The options of a subject, by name. */
export function table<const Specs extends Readonly<Record<string, OptionSpec>>>(
  specs: Specs,
): { readonly [Name in keyof Specs & string]: Specs[Name] & { readonly name: Name } } {
  const named = Object.entries(specs).map(([name, spec]) => [name, { ...spec, name }]);
  return Object.fromEntries(named);
}

/** The defaults of a table, by name. */
export function defaultsOf<Specs extends Readonly<Record<string, { readonly default: unknown }>>>(
  specs: Specs,
): { readonly [Name in keyof Specs]: Specs[Name] extends { default: number } ? number : Specs[Name]['default'] } {
  const defaults = Object.entries(specs).map(([name, spec]) => [name, spec.default]);
  return Object.fromEntries(defaults);
}

/** An option in a place where some of it is different. */
export function use<Spec extends Named, const Changes extends Partial<Words>>(
  spec: Spec,
  changes: Changes,
): Omit<Spec, keyof Changes> & Changes {
  return { ...spec, ...changes };
}
