import { describe, expect, it } from 'vitest';
import { fittingStride } from '../../pipelines/frame-credits.ts';

const HUGE = { width: 16_000, height: 16_000 };

describe('frames that are too large for the memory', () => {
  it('are seen more often by the network, unless the user has set a stride', () => {
    expect(fittingStride({ width: 1920, height: 1080 }, 'auto')).toBe('auto');
    expect(fittingStride(HUGE, 'auto')).toBe(4);
    expect(fittingStride(HUGE, 4)).toBe(4);
    expect(() => fittingStride(HUGE, 12)).toThrow(expect.objectContaining({ code: 'STRIDE_MEMORY', kind: 'usage' }));
  });

  it('are refused by their own size where not even two of them fit', () => {
    for (const stride of ['auto', 1] as const)
      expect(() => fittingStride({ width: 40_000, height: 30_000 }, stride)).toThrow(
        expect.objectContaining({ code: 'FRAME_MEMORY', message: expect.stringContaining('40000x30000') }),
      );
  });
});
