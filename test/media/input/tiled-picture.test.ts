import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/files/package-root.ts';
import { readImage } from '../../../src/media/input/read-image.ts';
import { readVideo } from '../../support/read-video.ts';

/** Four tiles of 128×128; the picture has 240×200. */
const GRID = join(packageRoot(), 'test/fixtures/cases/grid.heic');

describe('a picture made of tiles', () => {
  it('is refused with the reason: no tile is taken for it', () => {
    expect(() => readVideo(GRID)).toThrow(
      expect.objectContaining({ code: 'SOURCE_TILED', kind: 'usage', message: expect.stringContaining('4 tiles') }),
    );
  });

  it('is no image for evaluate either', async () => {
    await expect(readImage(GRID)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });
});
