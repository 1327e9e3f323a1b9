import { describe, expect, it } from 'vitest';
import { integer, list, networks, number, origins, span, time } from '../../src/cli/commands/values.ts';
import { createProgram } from '../../src/cli/program.ts';
import { optionsOf } from '../../src/cli/runs/annotate/annotate-flags.ts';
import { exitCodeOf, usageError } from '../../src/cli/terminal/report.ts';

/** What the command line is refused with. */
async function refusal(...args: string[]): Promise<{ code: string; message: string }> {
  return createProgram()
    .parseAsync(['node', 'heatbox', ...args])
    .then(
      () => expect.fail(`${args.join(' ')} was taken`),
      (error) => error,
    );
}

describe('an option of annotate is refused with its name, what was given and what it may be', () => {
  it.each([
    ['--top-k', '0', 'a whole number from 1 to 1000'],
    ['--top-k', '1.5', 'a whole number'],
    ['--top-k', '1e2', 'a whole number'],
    ['--min-score', '2', 'a number from 0 to 1'],
    ['--min-score', 'NaN', 'a number from 0 to 1'],
    ['--min-score', '', 'a number from 0 to 1'],
    ['--threshold', '0', 'a number from 0.01 to 0.99'],
    ['--threshold', '0x1', 'a number from 0.01 to 0.99'],
    ['--stride', '-1', 'auto, or a whole number from 1'],
    ['--stride', 'many', 'auto, or a whole number from 1'],
    ['--heatmap-opacity', '60', 'a number from 0 to 1'],
    ['--start', 'soon', 'a time: seconds, or hours:minutes:seconds'],
    ['--start', '-3', 'a time: seconds, or hours:minutes:seconds'],
    ['--start', '1:99', 'a time: seconds, or hours:minutes:seconds, below 60 after a colon'],
    ['--start', '0:90', 'a time: seconds, or hours:minutes:seconds, below 60 after a colon'],
    ['--start', '1:60:00', 'a time: seconds, or hours:minutes:seconds, below 60 after a colon'],
    ['--duration', '0', 'a time above 0'],
    ['--batch', '65', 'a whole number from 1 to 64'],
    ['--threads', '0', 'a whole number from 1'],
    ['--labels', ' , ', 'a list of names'],
    ['--crf', 'high', 'a number from 0'],
  ])('%s %j', async (option, value, wanted) => {
    const error = await refusal('annotate', 'x.mp4', option, value);
    expect(error).toMatchObject({ code: 'BAD_VALUE', kind: 'usage' });
    expect(error.message).toContain(`${option} "${value}" is not ${wanted}`);
    expect(exitCodeOf(error)).toBe(2);
  });

  it.each([
    [['annotate'], 'annotate', "missing required argument 'inputs'"],
    [['probe', 'a.mp4', 'b.mp4'], 'probe', 'too many arguments'],
    [['annotate', 'a.mp4', '--bogus'], 'annotate', "unknown option '--bogus'"],
    [['annotate', 'a.mp4', '--stride'], 'annotate', "option '--stride <n|auto>' argument missing"],
    [['probe', 'a.mp4', '--strid'], 'probe', 'unknown option'],
    [['anotate'], undefined, 'Did you mean annotate?'],
  ])('%j', async (args, command, says) => {
    const error = usageError((await refusal(...args)) as unknown as Error, args[0], ['annotate', 'probe']);
    expect(error.message).toContain(says);
    expect(error.hint).toBe(`See heatbox ${command === undefined ? '' : `${command} `}--help.`);
    expect(exitCodeOf(error)).toBe(2);
  });
});

describe('values', () => {
  it('are read as people write them', () => {
    expect(integer('-x', 1, 10)(' 7 ')).toBe(7);
    expect(number('-x', 0, 1)('.5')).toBe(0.5);
    expect(number('-x', 0, 30)('20.')).toBe(20);
    expect(list('-x')('cockatoo, terrier,,pot ')).toEqual(['cockatoo', 'terrier', 'pot']);
    expect(list('-x')('89', ['pot'])).toEqual(['pot', '89']);
  });

  it('are times as FFmpeg takes them', () => {
    const times = ['90', '90s', '1:30', '00:01:30.25', '.5', '2:00:00', '75:59.9'].map(time('-x'));
    expect(times).toEqual([90, 90, 90, 90.25, 0.5, 7200, 4559.9]);
    expect(span('-x')('0.04')).toBe(0.04);
  });
});

describe('an option of watch about proxies', () => {
  it.each([
    ['--origin', 'cam.example.org', 'a web origin, e.g. https://example.org'],
    ['--origin', 'rtsp://cam', 'a web origin'],
    ['--origin', ',', 'a list of names'],
    ['--trust-proxy', 'nginx', 'an address or a network, e.g. 127.0.0.1 or 10.0.0.0/8, or all'],
    ['--trust-proxy', '127.0.0.1/33', 'an address or a network'],
  ])('is refused with what it may be: %s %s', async (option, value, wanted) => {
    const error = await refusal('watch', 'x.mp4', option, value);
    expect(error).toMatchObject({ code: 'BAD_VALUE', kind: 'usage' });
    expect(error.message).toContain(`${option} "${value}" is not ${wanted}`);
  });

  it('takes the address of a page for its origin, and adds up', () => {
    const once = origins('--origin')('https://Cam.example.org/heatbox/?x=1, http://10.0.0.2:8123');
    expect(once).toEqual(['https://cam.example.org', 'http://10.0.0.2:8123']);
    expect(origins('--origin')('https://b.example:443', once)).toEqual([...once, 'https://b.example']);
    expect(networks('--trust-proxy')('10.0.0.0/8,::1', ['127.0.0.1'])).toEqual(['127.0.0.1', '10.0.0.0/8', '::1']);
    expect(networks('--trust-proxy')('all')).toEqual(['all']);
  });
});

describe('the heat map', () => {
  const heatmap = (flags: object) => optionsOf('x.mp4', { tracks: true, ...flags }, 'y.mp4').heatmap;

  it('is drawn when asked for, and when its opacity is given', () => {
    expect(heatmap({})).toBeUndefined();
    expect(heatmap({ heatmap: true })).toBe(0.6);
    expect(heatmap({ heatmapOpacity: 0.3 })).toBe(0.3);
    expect(heatmap({ heatmap: true, heatmapOpacity: 0 })).toBe(0);
  });
});
