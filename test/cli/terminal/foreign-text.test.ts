import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { table } from '../../../src/cli/terminal/print.ts';
import { note, report, reportWarning, tell } from '../../../src/cli/terminal/report.ts';
import { openStatusLine } from '../../../src/cli/terminal/status-line.ts';
import { HeatboxError } from '../../../src/error.ts';
import { createLogger } from '../../../src/server/logger.ts';

const HOSTILE = '\x1b[2J\x1b]0;pwned\x07\x9b31m\u202e\r\nheatbox: all is well\x7f';

let written = '';

beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

it('reaches the terminal escaped, whatever says it', () => {
  const cause = new Error(HOSTILE, { cause: new Error(HOSTILE) });
  report(new HeatboxError('FFMPEG', HOSTILE, { hint: HOSTILE, cause }), true);
  report(new TypeError(HOSTILE), true);
  reportWarning('SEEK_FAILED', HOSTILE);
  note(HOSTILE);
  tell(HOSTILE, HOSTILE);
  createLogger('info').info({ stream: HOSTILE }, HOSTILE);
  written += table([[HOSTILE, HOSTILE]]);
  expect(written).toContain('pwned');
  expect(written.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
  // No line of its own.
  expect(written).not.toMatch(/^heatbox: all is well/m);
});

it('is escaped in the status line', async () => {
  vi.useFakeTimers();
  const { isTTY } = process.stderr;
  process.stderr.isTTY = true;
  const stop = openStatusLine().follow(async () => [
    { name: HOSTILE, phase: HOSTILE, decoded: 1, analysed: 1, dropped: 0 },
  ]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(written).toContain('pwned');
  expect(written).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
  stop();
  process.stderr.isTTY = isTTY;
  vi.useRealTimers();
});

/** All that writes to a terminal by itself: it escapes what it writes, or writes only heatbox's own words. */
const WRITERS = new Set([
  'src/cli/runs/evaluate.ts',
  'src/cli/runs/teach.ts',
  'src/cli/runs/events.ts',
  'src/cli/runs/export.ts',
  'src/cli/terminal/progress.ts',
  'src/cli/terminal/report.ts',
  'src/cli/terminal/status-line.ts',
  'src/server/logger.ts',
]);

it('goes through the one function: nothing else in the sources writes to stdout or stderr', () => {
  const found: string[] = [];
  for (const folder of ['src', 'pipelines'])
    for (const path of sources(folder))
      if (
        /process\.std(out|err)\.write|pipeline\([^)]*process\.stdout|console\.(log|error|warn|info)\(/.test(code(path))
      )
        found.push(path);
  expect(new Set(found)).toEqual(WRITERS);
  for (const path of found)
    if (!path.endsWith('progress.ts')) expect(code(path), path).toMatch(/\bvisible(Lines)?\(|\(visibleLines\)/);
});

function sources(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
}

/** Without comments, which show examples. */
function code(path: string): string {
  return readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}
