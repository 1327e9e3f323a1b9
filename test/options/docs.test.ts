/** What pages, hints and messages say of options against the option table. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Schema } from '../../scripts/docs/configuration-page.ts';
import { generatedPages, withTables } from '../../scripts/docs/pages.ts';
import { configJsonSchema } from '../../src/config/schema.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { type CommandName, commandOptions } from '../../src/options/commands.ts';
import type { Named } from '../../src/options/option.ts';
import { flagsOf } from '../../src/options/phrases.ts';

/** Options of other programs, and of commander itself. */
const FOREIGN = [
  ...['--help', '--version', '--ignore-scripts', '--no-install', '--input', '--keras', '--quantize'],
  ...['--check', '--build-addon-from-source', '--max-semi-space-size'],
  // Of npm run bench.
  ...['--seed', '--minutes'],
];

const root = packageRoot();
const flags = new Set(
  Object.keys(commandOptions).flatMap((name) =>
    (commandOptions[name as CommandName] as readonly Named[]).map((spec) => /--[a-z-]+/.exec(flagsOf(spec))![0]),
  ),
);
const pages = ['README.md', ...filesOf('docs', '.md')];
const sources = ['src', 'pipelines'].flatMap((folder) => filesOf(folder, '.ts'));

describe('an option of the command line that is named', () => {
  it.each(pages)('in %s is one of the table', (path) => expect(unknownFlags(path)).toEqual([]));

  it('in the code is one of the table', () => expect(sources.flatMap(unknownFlags)).toEqual([]));
});

it('a key of the configuration that a page names is one of the schema', () => {
  const named = pages.flatMap((path) => [...read(path).matchAll(/`((?:engine|server|log|streams)(?:\.[A-Za-z]+)+)/g)]);
  expect(named.length).toBeGreaterThan(5);
  expect(named.map(([, key]) => key!).filter((key) => !hasKey(key))).toEqual([]);
});

it('a table between the marks is written anew, and all else stays', () => {
  const page = 'before\n<!-- options of serve -->\nold\n<!-- end -->\nbehind\n';
  const written = withTables(page);
  expect(written).toMatch(
    /^before\n<!-- options of serve -->\n\n\| option .*`--port <n>`.*\n\n<!-- end -->\nbehind\n$/s,
  );
  expect(withTables(written)).toBe(written);
  expect(() => withTables(page.replace('serve', 'sreve'))).toThrow('sreve');
  expect(generatedPages().get('README.md')).toContain('<!-- options of watch -->');
});

function unknownFlags(path: string): string[] {
  // Not the operator of JavaScript, as in --count === 0.
  const named = read(path).matchAll(/(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9]\b(?! ===|;)/g);
  return [...named].map(([flag]) => flag).filter((flag) => !flags.has(flag) && !FOREIGN.includes(flag));
}

function hasKey(path: string): boolean {
  let schema: Schema | undefined = configJsonSchema() as Schema;
  for (const key of path.split('.')) schema = (schema?.items ?? schema)?.properties?.[key];
  return schema !== undefined;
}

function filesOf(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
