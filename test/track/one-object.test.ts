import { describe, expect, it } from 'vitest';
import { createTracker } from '../../src/track/tracker.ts';
import type { Box, LabelGroup, Localisation } from '../../src/types.ts';
import { boxAt, display, seen } from './scene.ts';

const bird: LabelGroup = { wnid: 'n01503061', name: 'bird', classes: [0, 1] };
const car: LabelGroup = { wnid: 'n02958343', name: 'car', classes: [5] };
const left = boxAt(200, 400, 200, 400);
const right = boxAt(800, 400, 200, 400);

const ofGroup = (group: LabelGroup, box: Box): Localisation => ({
  ...seen(box, [{ classIndex: group.classes[0]!, score: 0.9 }]),
  group,
});
const asBird = (box: Box) => ofGroup(bird, box);

/** Tracks after each frame, at 20 frames a second. */
function follow(frames: readonly (readonly Localisation[])[]) {
  const tracker = createTracker({ namer: (_sums, _weight, present) => present ?? bird });
  return frames.map((localisations, frame) => tracker.update({ pts: frame / 20, display, localisations }));
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const confirmed = (tracks: ReturnType<typeof follow>[number]) =>
  tracks.filter(({ state }) => state === 'confirmed').map(({ id }) => id);

describe('one object whose map falls in two', () => {
  const both = [asBird(left), asBird(right)];

  it('is one track while the second part is there for a moment only', () => {
    const all = follow([...times(10, [asBird(left)]), ...times(25, both), ...times(10, [asBird(left)])]);
    for (const tracks of all) expect(confirmed(tracks)).toEqual([1]);
  });

  it('keeps its id when only the other part is left, and is there at once', () => {
    const all = follow([...times(10, [asBird(left)]), ...times(25, both), ...times(20, [asBird(right)])]);
    for (const tracks of all) expect(confirmed(tracks)).toEqual([1]);
    expect(all[35]!.find(({ id }) => id === 1)!.box).toEqual(right);
  });

  it('is two objects where the second one lasts', () => {
    const all = follow([...times(10, [asBird(left)]), ...times(40, both)]);
    expect(confirmed(all[38]!)).toEqual([1]);
    expect(confirmed(all[45]!)).toEqual([1, 2]);
  });
});

describe('another object', () => {
  it('of another group is a track as soon as any other', () => {
    const all = follow([...times(10, [asBird(left)]), ...times(5, [asBird(left), ofGroup(car, right)])]);
    expect(confirmed(all[12]!)).toEqual([1, 2]);
  });

  it('that is not named alike does not take over the id of what was there', () => {
    const all = follow([...times(10, [asBird(left)]), ...times(5, [ofGroup(car, right)])]);
    expect(all[14]!.find(({ box }) => box[0] > 500)!.id).toBe(2);
  });

  it('without a group, as of a detector, is never taken for a part', () => {
    const all = follow([...times(10, [seen(left)]), ...times(5, [seen(left), seen(right)])]);
    expect(confirmed(all[12]!)).toEqual([1, 2]);
  });
});
