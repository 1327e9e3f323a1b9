import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readImage } from '../../../src/media/input/read-image.ts';
import { lacksTimescale } from '../../../src/media/input/time-scale.ts';
import { SHORT } from '../../support/clips.ts';
import { scratch } from '../../support/heatbox.ts';
import { readVideo } from '../../support/read-video.ts';

const space = scratch();
afterAll(() => space.remove());

describe('a timescale of 0', () => {
  /** The sample with 0 for the timescale of its tracks, in the order of the file, or of the whole. */
  function withoutTimescale(name: string, box: 'mdhd' | 'mvhd', tracks: readonly number[]): string {
    const bytes = readFileSync(SHORT);
    for (let at = bytes.indexOf(box), track = 0; at >= 0; at = bytes.indexOf(box, at + 1), track++)
      if (tracks.includes(track)) bytes.fill(0, at + 16, at + 20);
    const path = space.path(name);
    writeFileSync(path, bytes);
    return path;
  }

  it('of the video is said to be the reason', () => {
    const path = withoutTimescale('video.mp4', 'mdhd', [0, 1]);
    expect(lacksTimescale(path)).toBe(true);
    expect(() => readVideo(path)).toThrow(expect.objectContaining({ code: 'SOURCE_NO_CLOCK', kind: 'usage' }));
  });

  it('of the sound or of the file as a whole does not matter', () => {
    for (const path of [withoutTimescale('sound.mp4', 'mdhd', [1]), withoutTimescale('whole.mp4', 'mvhd', [0])]) {
      expect(lacksTimescale(path)).toBe(false);
      expect(readVideo(path).times.at(-1)).toBeCloseTo(1.166, 2);
    }
  });
});

describe.runIf(process.platform === 'linux')('a name that is not UTF-8', () => {
  /** As it comes to Node: what cannot be read becomes U+FFFD. */
  const shown = (name: string) => join(space.dir, name.replace('\u00ef', '\ufffd'));

  it('is said to be the reason', async () => {
    for (const name of ['na\u00efve.mp4', 'na\u00efve-1.png'])
      copyFileSync(SHORT, Buffer.concat([Buffer.from(`${space.dir}/`), Buffer.from(name, 'latin1')]));
    const refusal = expect.objectContaining({
      code: 'SOURCE_NAME',
      kind: 'usage',
      hint: expect.stringMatching(/ln -s/),
    });
    expect(() => readVideo(shown('na\u00efve.mp4'))).toThrow(refusal);
    expect(() => readVideo(shown('na\u00efve-%d.png'))).toThrow(refusal);
    await expect(readImage(shown('na\u00efve-1.png'))).rejects.toMatchObject({ hint: expect.stringMatching(/UTF-8/) });
  });

  it('is not blamed for a file that is there', () => {
    copyFileSync(SHORT, shown('fine-\u00ef.mp4'));
    expect(readVideo(shown('fine-\u00ef.mp4')).times).toHaveLength(36);
  });
});
