import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, scratch } from '../support/heatbox.ts';

/** A package of one entry point, whose surface is changed. */
const space = scratch();
const SIZE = '/** A size. */\nexport interface Size {\n  /** Pixels. */\n  readonly width: number;\n}\n';
const AREA = '/** Its area. */\nexport function area(size: Size): number {\n  return size.width;\n}\n';

function check(source: string, ...flags: string[]): { status: number | null; stderr: string } {
  writeFileSync(space.path('src/index.ts'), source);
  const script = join(root, 'scripts/check-api.mjs');
  return spawnSync(process.execPath, [script, '--root', space.dir, ...flags], { encoding: 'utf8' });
}

beforeAll(() => {
  mkdirSync(space.path('src'));
  mkdirSync(space.path('node_modules'));
  symlinkSync(join(root, 'node_modules/@types'), space.path('node_modules/@types'));
  const exports = { '.': { types: './dist/src/index.d.ts' } };
  writeFileSync(
    space.path('package.json'),
    JSON.stringify({ name: 'sizes', version: '1.0.0', type: 'module', exports }),
  );
  const compilerOptions = { target: 'es2023', module: 'nodenext', rootDir: '.', outDir: 'dist', strict: true };
  writeFileSync(space.path('tsconfig.build.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
});
afterAll(() => space.remove());

describe('the report of an API', () => {
  it('is written on demand', () => {
    expect(check(SIZE + AREA, '--update')).toMatchObject({ status: 0, stderr: '' });
    const report = readFileSync(space.path('docs/api/sizes.api.md'), 'utf8');
    expect(report).toContain('export function area(size: Size): number;');
  });

  it('fails the check when the surface changes, uses what is not exported, or is not described', () => {
    const hidden = SIZE.replace('export ', '').replace('  /** Pixels. */\n', '');
    const { status, stderr } = check(
      hidden + AREA.replace(/^.*\n/, '').replace('size: Size', 'size: Size, scale: number'),
    );
    expect(status).toBe(1);
    expect(stderr).toContain('differs from docs/api/sizes.api.md');
    expect(stderr).toContain('  - export function area(size: Size): number;');
    expect(stderr).toContain('  + export function area(size: Size, scale: number): number;');
    expect(stderr).toMatch(/index\.d\.ts:\d+: The symbol "Size" needs to be exported .*\(ae-forgotten-export\)/);
    expect(stderr).toContain('Missing documentation for "area"');
  });
});
