import { describe, expect, it } from 'vitest';
import { HeatboxError } from '../../src/error.ts';
import { formatMot, parseMot } from '../../src/track/mot.ts';
import { createTracker } from '../../src/track/tracker.ts';
import { display } from './scene.ts';

describe('MOT detections', () => {
  it('become localisations by frame', () => {
    const frames = parseMot('1,-1,10,20,30,40.5,0.9,-1,-1,-1\r\n\n3,-1,1,2,3,4,0.25\n1,-1,5,5,5,5,1,-1,-1,-1\n');
    expect([...frames.keys()]).toEqual([1, 3]);
    expect(frames.get(1)![0]).toMatchObject({
      classIndex: 0,
      score: 0.9,
      box: [10, 20, 40, 60.5],
      peak: { x: 25, y: 40.25 },
      evidence: [{ classIndex: 0, score: 0.9 }],
    });
    expect(frames.get(1)).toHaveLength(2);
    expect(frames.get(3)![0]!.box).toEqual([1, 2, 4, 6]);
  });

  it.each([
    '2,-1,10,20,30',
    '0,-1,1,1,1,1,1',
    '1.5,-1,1,1,1,1,1',
    'x,-1,1,1,1,1,1',
    '20000000,-1,1,1,1,1,1',
    '2,-1,,20,30,40,1',
  ])('that cannot be read (%s) are refused with their line', (line) => {
    const read = () => parseMot(`1,-1,10,20,30,40,0.9\n${line}\n`);
    expect(read).toThrow(HeatboxError);
    expect(read).toThrow(`line 2 is not a MOT detection: ${line}`);
  });

  it('come out of the tracker as MOT lines that read back to the same boxes', () => {
    const [found] = [...parseMot('1,-1,10,20,30,40,0.9').values()];
    const tracks = createTracker().update({ pts: 0, display, localisations: found! });
    expect(formatMot(7, tracks)).toBe('7,1,10.00,20.00,30.00,40.00,0.9000,-1,-1,-1\n');
    expect(parseMot(formatMot(7, tracks)).get(7)![0]!.box).toEqual([10, 20, 40, 60]);
  });
});
