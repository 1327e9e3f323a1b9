/** The option tables on their own. */
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/config/schema.ts';
import * as analysis from '../../src/options/analysis.ts';
import * as clients from '../../src/options/clients.ts';
import { commandOptions } from '../../src/options/commands.ts';
import * as evaluate from '../../src/options/evaluate.ts';
import * as files from '../../src/options/files.ts';
import * as general from '../../src/options/general.ts';
import * as models from '../../src/options/models.ts';
import type { Named } from '../../src/options/option.ts';
import { rangeInWords, sentence } from '../../src/options/phrases.ts';
import * as server from '../../src/options/server.ts';
import * as streams from '../../src/options/streams.ts';

const tables: Readonly<Record<string, Readonly<Record<string, Named>>>> = {
  ...{ ...analysis, ...clients, ...evaluate, ...files, ...general, ...models, ...server, ...streams },
};
const options = Object.entries(tables).flatMap(([table, specs]) =>
  Object.values(specs).map((spec) => ({ name: `${table}.${spec.name}`, spec })),
);

describe.each(options)('$name', ({ spec }) => {
  it('is an option of a command or a key of the configuration', () => {
    const commands: readonly Named[] = Object.values(commandOptions).flat();
    const isFlag = commands.some(
      ({ name, type, words }) => name === spec.name && type === spec.type && words === spec.words,
    );
    const isKey = JSON.stringify(configJsonSchema()).includes(JSON.stringify(sentence(spec)).slice(1, -1));
    expect(isFlag || isKey).toBe(true);
  });

  it('has a default that it takes, and words that help can print', () => {
    expect(spec.words).toMatch(/^([^A-Z]|[A-Z]{3}|WebSocket).*[^.]$/);
    if (!('default' in spec) || spec.default === undefined) return;
    if (spec.type === 'choice') expect(spec.of).toContain(spec.default);
    if ('range' in spec && typeof spec.default === 'number') {
      expect(spec.default).toBeGreaterThanOrEqual(spec.range[0]);
      expect(spec.default).toBeLessThanOrEqual(spec.range[1]);
    }
  });
});

it('a range is said with its unit, and without an end if it has none', () => {
  expect(rangeInWords(server.logOptions.retainDays)).toBe('0.001 or more, days');
  expect(rangeInWords(analysis.analysisOptions.stride)).toBe('auto, or 1 to 1000');
  expect(rangeInWords(analysis.networkOptions.precision)).toBe('auto, fp32, fp16, int8');
});
