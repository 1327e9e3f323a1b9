import { expect, it, vi } from 'vitest';
import { sourceFrame } from '../../src/media/source-frame.ts';
import type { Box } from '../../src/types.ts';

const FACTS = { index: 7, pts: 0.28, ptsUs: 280_000, display: { width: 320, height: 240 } };
const BOX: Box = [0, 0, 10, 10];

function frame(crop = async (): Promise<Uint8Array | undefined> => undefined) {
  const giveBack = vi.fn();
  const [made, settle] = sourceFrame(FACTS, { crop, giveBack });
  return { made, settle, giveBack };
}

it('goes back as soon as it is settled where nobody holds it', () => {
  const { settle, giveBack } = frame();
  settle();
  expect(giveBack.mock.calls).toEqual([[7, undefined]]);
});

it('goes back with its overlay once every hold is lifted, each of which counts once', () => {
  const { made, settle, giveBack } = frame();
  const [first, second] = [made.hold(), made.hold()];
  settle();
  first();
  first();
  const overlay = { boxes: [] } as unknown as Parameters<typeof made.annotate>[0];
  made.annotate(overlay);
  expect(giveBack).not.toHaveBeenCalled();
  second();
  expect(giveBack.mock.calls).toEqual([[7, overlay]]);
});

it('is held until its crop is made, also where that fails', async () => {
  const { made, settle, giveBack } = frame(() => Promise.reject(new Error('gone')));
  const cropped = made.crop(BOX);
  settle();
  expect(giveBack).not.toHaveBeenCalled();
  await expect(cropped).rejects.toThrow('gone');
  expect(giveBack).toHaveBeenCalledOnce();
});

it('refuses everything once it has gone back', () => {
  const { made, settle } = frame();
  settle();
  for (const use of [() => made.hold(), () => made.crop(BOX)])
    expect(use).toThrow(expect.objectContaining({ code: 'FRAME_GONE' }));
});
