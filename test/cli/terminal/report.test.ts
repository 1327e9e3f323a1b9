import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exitCodeOf, report, reportWarning } from '../../../src/cli/terminal/report.ts';
import { HeatboxError } from '../../../src/error.ts';

let written = '';

beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('an error is reported', () => {
  it('in one line with its code and what to do, whatever its message has in it', () => {
    report(new HeatboxError('FFMPEG', 'first line\n  second line', { hint: 'Do this.' }), false);
    expect(written).toBe('heatbox: FFMPEG: first line second line. Do this.\n');
  });

  it('without user names and passwords', () => {
    report(new HeatboxError('FFMPEG', 'cannot open http://user:secret@host/a?token=secret'), false);
    expect(written).not.toContain('secret');
  });

  it('with its causes where --verbose asks for them', () => {
    const cause = new Error('the reason', { cause: new Error('the root of it') });
    report(new HeatboxError('FFMPEG', 'what went wrong', { cause }), true);
    expect(written).toMatch(
      /^heatbox: FFMPEG: what went wrong\.\n {2}caused by Error: the reason\n[\s\S]*the root of it/,
    );
  });

  it('as a fault of heatbox where it is none of its own', () => {
    report(new TypeError('x is not a function'), false);
    expect(written).toMatch(/^heatbox: INTERNAL: x is not a function\. .*--verbose.*\n$/);
    expect(exitCodeOf(new TypeError('x'))).toBe(1);
  });
});

it('a warning is one line', () => {
  reportWarning('SEEK_FAILED', 'something\nis odd');
  expect(written).toBe('heatbox: warning: SEEK_FAILED: something is odd.\n');
});

it('the exit code tells bad input from a failed run', () => {
  expect(exitCodeOf(new HeatboxError('FFMPEG', 'bad', { kind: 'usage' }))).toBe(2);
  expect(exitCodeOf(new HeatboxError('FFMPEG', 'failed'))).toBe(1);
});
