/** The schema of the configuration, its samples and its page against the option table. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Schema } from '../../scripts/docs/configuration-page.ts';
import { parseConfig } from '../../src/config/load.ts';
import { configJsonSchema } from '../../src/config/schema.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { analysisOptions, networkOptions } from '../../src/options/analysis.ts';
import type { Named } from '../../src/options/option.ts';
import { sentence } from '../../src/options/phrases.ts';
import { limitOptions, logOptions, serverOptions, tlsOptions } from '../../src/options/server.ts';
import { streamOptions } from '../../src/options/streams.ts';

const root = packageRoot();
const schema = configJsonSchema() as Schema;

/** The tables that each map of the configuration takes its keys from. */
const TABLES: Readonly<Record<string, Readonly<Record<string, Named>>>> = {
  '': { model: networkOptions.model },
  engine: { ...networkOptions, ...analysisOptions },
  server: serverOptions,
  'server.tls': tlsOptions,
  'server.limits': limitOptions,
  log: logOptions,
  streams: { ...analysisOptions, ...streamOptions },
};

describe('a key of the configuration', () => {
  const keys = keysOf(schema);

  it.each(keys)('$path has the words of the table', ({ path, value }) => {
    expect(value.description).toMatch(/^[A-Z].*\.$/);
    if (value.properties !== undefined || value.items?.properties !== undefined) return;
    const spec = specOf(path);
    expect(spec, 'is in no table').toBeDefined();
    const absent = spec!.absent === undefined ? '' : ` Default: ${spec!.absent}.`;
    expect(value.description).toBe(`${sentence(spec!)}${absent}`);
  });

  it.each(keys)('$path has the range, the choices and the default of the table', ({ path, value }) => {
    const spec = specOf(path);
    if (spec === undefined) return;
    if ('default' in spec) expect(value.default).toEqual(spec.default);
    else expect(value.default).toBeUndefined();
    if (spec.type === 'choice') expect(value.enum).toEqual(spec.of);
    if ('range' in spec) {
      const { minimum, maximum = Number.MAX_SAFE_INTEGER } = value.anyOf?.[0] ?? value;
      expect([minimum, maximum]).toEqual([spec.range[0], Math.min(spec.range[1], Number.MAX_SAFE_INTEGER)]);
    }
  });

  it('is there for every option of the server, its limits and the log', () => {
    for (const path of ['server', 'server.tls', 'server.limits', 'log']) {
      const names = keys.map((key) => key.path).filter((key) => key.startsWith(`${path}.`));
      for (const name of Object.keys(TABLES[path]!)) expect(names).toContain(`${path}.${name}`);
    }
  });
});

describe('a sample', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  const samples = readdirSync(join(root, 'samples')).filter((name) => name.endsWith('.yaml'));
  const blocks = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
    .filter((name) => name.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => ({
        page,
        text: text!,
      })),
    )
    .filter(({ text }) => /^streams:/m.test(text));
  const texts = [
    ...samples.map((name) => ({ page: `samples/${name}`, text: readFileSync(join(root, 'samples', name), 'utf8') })),
    ...blocks,
  ];

  it('is there, in samples/ and in the docs', () => {
    expect(texts.map(({ page }) => page)).toEqual(
      expect.arrayContaining(['samples/serve.yaml', 'README.md', 'docs/configuration.md']),
    );
  });

  it.each(texts)('of $page names its schema and keeps to it', ({ page, text }) => {
    const [, named] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text) ?? [];
    expect(named, 'has no line for editors').toBeDefined();
    if (page.startsWith('samples/')) expect(existsSync(join(root, dirname(page), named!))).toBe(true);
    const environment = { HEATBOX_TOKEN: 'long-enough' };
    expect(parseConfig(text, environment)).toHaveProperty('config');
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  it('could be checked by the schema alone', () => {
    expect(schema.$id).toBe('urn:heatbox:configuration');
    expect(validate({ streams: [{ name: 'a', source: 'b', treshold: 0.4 }] })).toBe(false);
  });
});

function keysOf({ properties = {} }: Schema, before = ''): { readonly path: string; readonly value: Schema }[] {
  return Object.entries(properties).flatMap(([key, value]) => {
    const path = `${before}${key}`;
    return [{ path, value }, ...keysOf(value.items ?? value, `${path}.`)];
  });
}

function specOf(path: string): Named | undefined {
  const parts = path.split('.');
  const name = parts.pop()!;
  return TABLES[parts.join('.')]?.[name];
}
