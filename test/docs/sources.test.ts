import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/files/package-root.ts';

it('every code that the page about sources explains is one that heatbox gives', () => {
  const page = readFileSync(join(packageRoot(), 'docs/sources.md'), 'utf8');
  const codes = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code!);
  const media = join(packageRoot(), 'src/media');
  const source = readdirSync(media, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(media, name), 'utf8'))
    .join('\n');
  expect(codes.length).toBeGreaterThan(20);
  // Answers of cameras have their prefix in one place.
  const isGiven = (code: string) => source.includes(`'${code}'`) || source.includes(`'${code.replace('SOURCE_', '')}'`);
  expect(codes.filter((code) => !isGiven(code))).toEqual([]);
});
