import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeatboxError } from '../src/error.ts';
import { type CodeWords, errorCodes, warningCodes } from '../src/error-codes.ts';
import { packageRoot } from '../src/files/package-root.ts';

const words: Readonly<Record<string, CodeWords>> = { ...errorCodes, ...warningCodes };

/** Written like a code, and somebody else's. */
const FOREIGN = ['CSV_QUOTE_NOT_CLOSED', 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'SAME_UPPER'];

const root = packageRoot();
const sources = ['src', 'pipelines', 'web-viewer/src'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'error-codes.ts')
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);

describe('the table of codes', () => {
  it('has every code that is thrown or warned of', () => {
    const written = sources.flatMap((text) => [
      ...literals(text, /(['"])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\1/g),
      ...literals(text, /\b(?:HeatboxError|[wW]arn|[oO]nWarning\?\.)\(\s*(['"`])(\w+)\1/g),
    ]);
    expect([...new Set(written)].filter((code) => !(code in words) && !FOREIGN.includes(code))).toEqual([]);
  });

  it('has no code that nothing throws or warns of', () => {
    const used = new Set(sources.flatMap((text) => literals(withoutComparisons(text), /(['"`])([A-Z][A-Z0-9_]+)\1/g)));
    expect(Object.keys(words).filter((code) => !used.has(code))).toEqual([]);
  });

  it('has every code that a docblock names', () => {
    const named = sources.flatMap((text) =>
      literals([...text.matchAll(/HeatboxError(?:,? `[^`]+`)+/g)].join(' '), /(`)([A-Z0-9]+_[A-Z0-9_]+)\1/g),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((code) => !(code in words))).toEqual([]);
  });

  it('is in alphabetical order, and says each thing once in whole sentences', () => {
    for (const codes of [errorCodes, warningCodes]) expect(Object.keys(codes)).toEqual(Object.keys(codes).sort());
    expect(Object.keys(words)).toHaveLength(Object.keys(errorCodes).length + Object.keys(warningCodes).length);
    const meanings = Object.values(words).map(({ meaning }) => meaning);
    expect(new Set(meanings).size).toBe(meanings.length);
    for (const { meaning, remedy } of Object.values(words)) {
      expect(meaning).toMatch(/^(heatbox|npm|`|[A-Z]).*\.$/);
      expect(remedy).toMatch(/^(heatbox|`|[A-Z]).*\.$/);
    }
  });

  it('types the codes of errors', () => {
    // @ts-expect-error A code that the table does not have.
    expect(new HeatboxError('TYPO', 'message').code).toBe('TYPO');
  });
});

/** The codes that a pattern finds: those of its second group. */
function literals(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[2]!);
}

/** Without the codes that are compared with others, or listed to be. */
function withoutComparisons(text: string): string {
  return text.replace(/[!=]==\s*'\w+'/g, '').replace(/\[('\w+'(,\s*)?)+\]/g, '');
}
