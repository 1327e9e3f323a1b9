import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FFmpegError } from 'node-av/lib';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/files/package-root.ts';
import { decoderResult } from '../../../src/media/frames/decoder-result.ts';
import { clip } from '../../support/clips.ts';
import { framesByCommand, readVideo } from '../../support/read-video.ts';
import { missing } from '../../support/tools.ts';

const cases = join(packageRoot(), 'test/fixtures/cases');
const folder = mkdtempSync(join(tmpdir(), 'heatbox-damaged-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('one damaged frame does not end the run', () => {
  // Each of these decoders has its own code for damage: EPERM, EINVAL, EXTERNAL, PATCHWELCOME.
  it
    .skipIf(missing('ffmpeg', '-version'))
    .each([
      'apng-damaged-frame.apng',
      'gif-damaged-frame.gif',
      'h263-damaged-frame.mov',
      'magicyuv-damaged-frame.avi',
      'png-damaged-frame.mov',
      'seq-damaged/f_%03d.png',
    ])('%s', async (file) => {
    const input = join(cases, file);
    const { times, warnings } = readVideo(input);
    expect(times.length).toBeGreaterThanOrEqual(await framesByCommand(input));
    expect(times.length).toBeGreaterThan(10);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(warnings.filter(({ code }) => code === 'PACKET_DAMAGED')).toHaveLength(1);
  });

  it.skipIf(missing('ffmpeg', '-version'))('nor do the frames that build on it get lost: H.265', async () => {
    const input = await clip(
      'hole.mp4',
      [
        ...['-f', 'lavfi', '-i', 'testsrc2=s=176x144:r=25:d=1', '-c:v', 'libx265', '-preset', 'ultrafast'],
        ...['-x265-params', 'log-level=none:keyint=25:pools=1:frame-threads=1'],
      ],
      (path) => {
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.fill(0, bytes.length / 2, bytes.length / 2 + 2000));
      },
    );
    const { times, warnings } = readVideo(input);
    expect(times.length).toBeGreaterThanOrEqual((await framesByCommand(input)) - 2);
    expect(times.length).toBeGreaterThan(20);
    expect(warnings.map(({ code }) => code)).toContain('PACKET_DAMAGED');
  });

  it('nor does any error code that a decoder may return', () => {
    const codes = Array.from({ length: 133 }, (_, index) => -1 - index);
    const results = new Set(codes.filter((code) => !isAgain(code)).map(decoderResult));
    expect(results).toEqual(new Set(['damaged']));
    expect(codes.filter(isAgain).map(decoderResult)).toEqual(['again']);
    expect(decoderResult(0)).toBe('done');
  });
});

it('a source with no good frame at all has none', () => {
  const bytes = readFileSync(join(cases, 'seq-damaged/f_001.png'));
  // The compressed picture, behind the header.
  for (const index of [1, 2, 3]) writeFileSync(join(folder, `bad_${index}.png`), bytes.fill(0x5a, 60, 1500));
  expect(readVideo(join(folder, 'bad_%d.png')).times).toEqual([]);
  copyFileSync(join(cases, 'seq-damaged/f_002.png'), join(folder, 'bad_4.png'));
  expect(readVideo(join(folder, 'bad_%d.png')).times).toHaveLength(1);
});

function isAgain(code: number): boolean {
  return FFmpegError.strerror(code).startsWith('Resource temporarily');
}
