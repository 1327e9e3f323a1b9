import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const script = resolve('scripts/check-rooms.mjs');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Runs the check over a project of these files. @returns its exit code, and a line per fault. */
function check(files: Readonly<Record<string, string>>): { code: number | null; faults: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'heatbox-rooms-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  return { code: status, faults: stderr.split('\n').filter((line) => line !== '') };
}

describe('the check of the rooms', () => {
  it('passes imports that follow the plan', () => {
    const files = {
      'src/types.ts': 'export type Box = number;',
      'src/cam/peak.ts': "import type { Box } from '../types.ts';\nexport const peak: Box = 1;",
      'src/track/tracker.ts': "export { peak } from '../cam/peak.ts';\nimport munkres from 'munkres';",
      'src/server/http.ts': "import fastify from 'fastify';",
      'pipelines/run.ts': "const { peak } = await import('../src/cam/peak.ts');",
    };
    expect(check(files)).toEqual({ code: 0, faults: [] });
  });

  it('fails on a circle', () => {
    const { code, faults } = check({
      'src/events/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
      'src/events/b.ts': "import { a } from './a.ts';\nexport const b = () => a;",
    });
    expect(code).toBe(1);
    expect(faults).toEqual(['these import in a circle: src/events/a.ts, src/events/b.ts']);
  });

  it.each([
    ['import type', "import type { B } from './b.ts';\nexport type A = B[];", "import type { A } from './a.ts';"],
    ['an inline type', "import { type B } from './b.ts';", "export type { A } from './a.ts';"],
    ['a dynamic import', "export const load = () => import('./b.ts');", "import type { A } from './a.ts';"],
  ])('fails on a circle through %s', (_, a, b) => {
    const { code, faults } = check({ 'src/model/a.ts': a, 'src/model/b.ts': b });
    expect(code).toBe(1);
    expect(faults).toEqual(['these import in a circle: src/model/a.ts, src/model/b.ts']);
  });

  it('fails on an import against the plan', () => {
    const { code, faults } = check({
      'src/events/log.ts': "import { start } from '../server/server.ts';",
      'src/server/server.ts': 'export const start = 1;',
    });
    expect(code).toBe(1);
    expect(faults).toEqual([
      'src/events/log.ts imports src/server/server.ts: events is not left of server in the plan',
    ]);
  });

  it('fails on an import by a room that the plan does not know', () => {
    const { faults } = check({ 'src/misc/a.ts': "import '../text/b.ts';", 'src/text/b.ts': '' });
    expect(faults).toEqual(['src/misc/a.ts imports src/text/b.ts: misc is not left of text in the plan']);
  });

  it('holds both rules of a folder that two concern: its place in the plan, and that it is pure', () => {
    const { code, faults } = check({
      'src/cam/peak.ts': "import { say } from '../text/say.ts';\nimport { run } from '../model/run.ts';",
      'src/cam/regions.ts': "import { readFileSync } from 'node:fs';\nimport { z } from 'zod';",
      'src/text/say.ts': '',
      'src/model/run.ts': '',
    });
    expect(code).toBe(1);
    expect(faults).toEqual([
      // Allowed by its place alone.
      expect.stringMatching(/^src\/cam\/peak\.ts imports src\/text\/say\.ts: cam\/ is pure/),
      'src/cam/peak.ts imports src/model/run.ts: cam is not left of model in the plan',
      expect.stringMatching(/^src\/cam\/peak\.ts imports src\/model\/run\.ts: cam\/ is pure/),
      expect.stringMatching(/^src\/cam\/regions\.ts imports node:fs: cam\/ is pure/),
      expect.stringMatching(/^src\/cam\/regions\.ts imports zod: cam\/ is pure/),
    ]);
  });

  it('fails where a package is used outside of its place', () => {
    const { faults } = check({
      'src/media/run.ts': "export const load = () => import('onnxruntime-node');",
      'src/operators/decode.ts': "import { Demuxer } from 'node-av/lib';",
    });
    expect(faults).toEqual([
      'src/media/run.ts imports onnxruntime-node, which only src/inference/ may',
      'src/operators/decode.ts imports node-av/lib, which only src/media/ may',
    ]);
  });

  it('keeps the page and the client to what browsers can load', () => {
    const { faults } = check({
      'web-viewer/src/page.ts': "import '../../src/client/browser.ts';\nimport '../../src/server/feed.ts';",
      'src/client/browser.ts': "import '../files/paths.ts';",
      'src/server/feed.ts': '',
      'src/files/paths.ts': '',
    });
    expect(faults).toHaveLength(2);
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^web-viewer\/src\/page\.ts imports src\/server\/feed\.ts/),
        expect.stringMatching(/^src\/client\/browser\.ts imports src\/files\/paths\.ts/),
      ]),
    );
  });

  it('fails on a folder of more than 18 files, subfolders aside', () => {
    const folder = (count: number, at: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${at}/f${i}.ts`, '']));
    expect(check({ ...folder(18, 'src/media'), ...folder(18, 'src/media/live') }).code).toBe(0);
    const { code, faults } = check({ ...folder(19, 'src/media/live'), ...folder(2, 'test/media') });
    expect(code).toBe(1);
    expect(faults).toEqual(['src/media/live/ holds 19 files, at most 18 are allowed']);
  });

  it('fails on a file that sits directly in src/', () => {
    const { faults } = check({ 'src/index.ts': '', 'src/helpers.ts': '' });
    expect(faults).toEqual([expect.stringMatching(/^src\/helpers\.ts sits directly in src\//)]);
  });
});
