import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitTogether } from '../../src/files/commit-together.ts';
import { planOutput } from '../../src/files/output-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatbox-commit-'));
  mkdirSync(join(folder, 'other'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function finished(name: string, force = false) {
  const file = planOutput(join(folder, name), 'none', force);
  writeFileSync(file.temporary, name);
  return file;
}

/** Ends as a killed process does: nothing after the first file happens, and the journal stays. */
function killedBetween(files: readonly ReturnType<typeof finished>[]): void {
  const [first, ...others] = files;
  const journals: [string, string][] = [];
  const dying = others.map((file) => ({
    ...file,
    commit() {
      for (const place of [folder, join(folder, 'other')])
        for (const name of readdirSync(place).filter((name) => name.endsWith('.commit')))
          journals.push([join(place, name), readFileSync(join(place, name), 'utf8')]);
      throw new Error('killed');
    },
  }));
  expect(() => commitTogether([{ ...first!, force: true }, ...dying])).toThrow('killed');
  for (const [path, text] of journals) writeFileSync(path, text);
}

const names = (place = folder) => readdirSync(place).filter((name) => name !== 'other');

describe('files that are committed together', () => {
  it('are all in their places, and nothing else is', () => {
    commitTogether([finished('video.mp4'), finished('other/run.ndjson')]);
    expect([names(), names(join(folder, 'other'))]).toEqual([['video.mp4'], ['run.ndjson']]);
  });

  it.each(['video.mp4', 'other/run.ndjson'])(
    'are completed by the next run that plans %s, after a kill in between',
    (name) => {
      killedBetween([finished('video.mp4'), finished('other/run.ndjson')]);
      expect(existsSync(join(folder, 'other/run.ndjson'))).toBe(false);
      expect(() => planOutput(join(folder, name), 'none', false)).toThrowError(
        expect.objectContaining({ code: 'OUTPUT_EXISTS' }),
      );
      expect(readFileSync(join(folder, 'other/run.ndjson'), 'utf8')).toBe('other/run.ndjson');
      expect(readFileSync(join(folder, 'video.mp4'), 'utf8')).toBe('video.mp4');
    },
  );

  it('are none of them there where one place has been taken meanwhile', () => {
    const files = [finished('video.mp4'), finished('run.ndjson')];
    writeFileSync(join(folder, 'run.ndjson'), 'theirs');
    expect(() => commitTogether(files)).toThrowError(expect.objectContaining({ code: 'OUTPUT_EXISTS' }));
    for (const file of files) file.discard();
    expect(names()).toEqual(['run.ndjson']);
    expect(readFileSync(join(folder, 'run.ndjson'), 'utf8')).toBe('theirs');
  });
});

it('a journal that names files other than unfinished ones of heatbox moves nothing', () => {
  writeFileSync(join(folder, 'secret'), 'x');
  const stranger = [
    { temporary: join(folder, 'secret'), target: join(folder, 'public'), force: true },
    { temporary: join(folder, '.heatbox-1-00000000.tmp'), target: join(folder, 'other', 'away'), force: true },
  ];
  writeFileSync(join(folder, '.heatbox-1-00000000.tmp'), 'y');
  writeFileSync(join(folder, `.heatbox-${'0'.repeat(16)}.commit`), JSON.stringify(stranger));
  planOutput(join(folder, 'video.mp4'), 'none', false);
  expect(names().sort()).toEqual(['.heatbox-1-00000000.tmp', 'secret']);
  expect(names(join(folder, 'other'))).toEqual([]);
});
