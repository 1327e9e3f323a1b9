import { describe, expect, it } from 'vitest';
import { associate } from '../../../src/track/association/associate.ts';
import { predictBox } from '../../../src/track/box-motion.ts';
import { observe, startRecord, type TrackRecord } from '../../../src/track/track-record.ts';
import type { Box, Localisation } from '../../../src/types.ts';
import { boxAt, seen } from '../scene.ts';

/** A track seen in the given places, a second apart, carried on to the second after. */
function trackOf(...found: readonly Localisation[]): TrackRecord {
  const record = startRecord(1, { pts: 0, localisation: found[0]! }, 'confirmed');
  found.slice(1).forEach((localisation, i) => {
    record.motion = predictBox(record.motion, i + 1);
    observe(record, { pts: i + 1, localisation });
  });
  record.motion = predictBox(record.motion, found.length);
  return record;
}

const chosen = (record: TrackRecord, found: readonly Localisation[], minOverlap = 0.3) =>
  associate([record], found, minOverlap).map(({ localisation }) => found.indexOf(localisation));

describe('association', () => {
  const here: Box = [100, 100, 200, 200];
  const aside: Box = [110, 100, 210, 200];

  it('prefers the larger overlap', () => {
    expect(chosen(trackOf(seen(here)), [seen(aside), seen(here)])).toEqual([1]);
  });

  it('prefers the same class over a little more overlap', () => {
    const [cat, dog] = [[{ classIndex: 1, score: 0.8 }], [{ classIndex: 2, score: 0.8 }]];
    expect(chosen(trackOf(seen(here, cat)), [seen(here, dog), seen(aside, cat)])).toEqual([1]);
    expect(chosen(trackOf(seen(here, cat)), [seen(here, dog)])).toEqual([0]);
  });

  it('prefers the step that goes on in the track’s direction', () => {
    const record = trackOf(...[400, 402, 404].map((x) => seen(boxAt(x, 300, 100, 100))));
    const [back, on] = [seen(boxAt(394, 300, 100, 100)), seen(boxAt(420, 300, 100, 100))];
    expect(chosen(record, [back, on])).toEqual([1]);
    expect(chosen(record, [on, back])).toEqual([0]);
  });

  it('takes nothing below the least overlap, boxes widened by a tenth', () => {
    // 45 of 100 px shared: 45/155 = 0.29 as they are, 65/175 = 0.37 widened to 120 px along one axis (as tall on the other).
    const partly: Box = [155, 100, 255, 200];
    expect(chosen(trackOf(seen(here)), [seen(partly)])).toEqual([0]);
    expect(chosen(trackOf(seen(here)), [seen([175, 100, 275, 200])])).toEqual([]);
    expect(chosen(trackOf(seen(here)), [seen(partly)], 0.5)).toEqual([]);
  });
});
