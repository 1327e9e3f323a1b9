import { describe, expect, test } from 'vitest';
import { chooseRendition } from '../../../src/server/video/choose-rendition.ts';
import { createGop } from '../../../src/server/video/gop.ts';

const watch = (decodes: string[], refuses?: string[]) => ({
  type: 'watch' as const,
  decodes,
  ...(refuses && { refuses }),
});

describe('what a viewer gets', () => {
  test.each([
    ['H.264 for whom decodes it', 'avc1.42c01e', watch(['avc1']), 'source', "The source's own H.264"],
    ['H.265 for whom decodes it', 'hev1.1.6.L93.B0', watch(['avc1', 'hev1']), 'source', "The source's own H.265"],
    ['H.265 by its other name', 'hvc1.1.6.L93.B0', watch(['hev1']), 'source', 'H.265'],
    ['H.265 for whom does not', 'hev1.1.6.L93.B0', watch(['avc1']), 'transcoded', 'cannot decode H.265'],
    ['MJPEG', 'mjpeg', watch(['avc1']), 'transcoded', 'cannot decode MJPEG'],
    [
      'a profile that is refused',
      'avc1.f4001f',
      watch(['avc1', 'vp09'], ['avc1.f4001f']),
      'transcoded',
      '(avc1.f4001f)',
    ],
    ['all that there is refused', 'hev1.2', watch(['avc1'], ['avc1.42c01e']), 'jpeg', 'neither H.265 nor H.264'],
    ['H.265 that is refused', 'hev1.2', watch(['avc1', 'hev1'], ['hev1.2']), 'transcoded', 'this kind of H.265'],
    ['VP9 for whom has no H.264', 'vp09.00.10.08', watch(['av01']), 'jpeg', 'neither VP9 nor H.264'],
    ['nothing but pictures', undefined, watch([]), 'jpeg', 'single pictures'],
  ])('%s', (_, codec, wish, rendition, reason) => {
    const choice = chooseRendition({ source: codec, transcoded: 'avc1.42c01e' }, wish);
    expect(choice?.rendition).toBe(rendition);
    expect(choice?.reason).toContain(reason);
  });

  test('waits for the source where it could be the source', () => {
    expect(chooseRendition({ source: undefined, transcoded: undefined }, watch(['avc1']))).toBeUndefined();
  });
});

describe('the group of pictures', () => {
  const unit = (length: number, fill: number) => new Uint8Array(length).fill(fill);

  test('begins with the newest keyframe', () => {
    const gop = createGop(1000);
    gop.add(unit(10, 0), false);
    expect(gop.messages).toHaveLength(0);
    for (const [index, key] of [true, false, false, true, false].entries()) gop.add(unit(10, index), key);
    expect(gop.messages.map(([first]) => first)).toEqual([3, 4]);
  });

  test('that outgrows its bound is let go until the next keyframe', () => {
    const gop = createGop(100);
    gop.add(unit(60, 1), true);
    gop.add(unit(60, 2), false);
    gop.add(unit(10, 3), false);
    expect(gop.messages).toHaveLength(0);
    gop.add(unit(10, 4), true);
    expect(gop.messages).toHaveLength(1);
  });
});
