import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClipResult, reportClips, scoreClip, scoreLabels } from '../../src/evaluate/clip-report.ts';
import { crossValidate, reaches } from '../../src/evaluate/cross-validate.ts';
import { type ImageScore, reportImages } from '../../src/evaluate/image-report.ts';
import { CENTRED_SIDES, centredBox } from '../../src/evaluate/settings.ts';
import { parseClipBoxes, parseClips, parseImageTruth } from '../../src/evaluate/truth.ts';
import type { Box } from '../../src/types.ts';

describe('cross-validation', () => {
  it('scores each half at the setting that is best on the other', () => {
    // The even items want setting 0, the odd ones setting 1: each gets what the others want.
    const scores = [
      [0.9, 0.1],
      [0.2, 0.8],
      [0.7, 0.3],
      [0.1, 0.6],
    ];
    expect(crossValidate(scores)).toEqual({ values: [0.1, 0.2, 0.3, 0.1], chosen: [1, 0] });
  });

  it('gives an item no say in its own setting', () => {
    const anyScores = fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 }), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(anyScores, fc.nat(7), (scores, at) => {
        const item = at % scores.length;
        const changed = scores.map((one, position) => (position === item ? [9 - one[0]!, one[2]!, one[1]!] : one));
        expect(crossValidate(changed).chosen[item % 2]).toBe(crossValidate(scores).chosen[item % 2]);
      }),
    );
  });

  it('chooses the middle of the settings that are equally good', () => {
    const level = [0.6, 0.6, 0.6, 0.6, 0.1];
    expect(crossValidate([level, level], reaches(0.5)).chosen).toEqual([2, 2]);
  });
});

describe('the report on images', () => {
  const centred = CENTRED_SIDES.map(() => 0.4);
  const image = (largest: number[], any: number[], rank = 0): ImageScore => ({
    file: `${largest}`,
    classIndex: rank === 0 ? 1 : 2,
    rank,
    largest,
    any,
    centred,
  });

  it('is what it is by hand', () => {
    const report = reportImages(
      [
        image([0.55, 0.2], [0.55, 0.75]),
        image([0.6, 0.1], [0.6, 0.35]),
        image([0.45, 0.3], [0.5, 0.4], 3),
        image([0.8, 0.2], [0.8, 0.32], 7),
      ],
      [0.3, 0.5],
    );
    // Both halves choose 0.3 for the largest region: three of four reach 0.5, two of them named right.
    expect(report.cam.maxBoxAcc).toBe(75);
    expect(report.cam.chosen).toEqual([0.3, 0.3]);
    expect(report.top1).toBe(50);
    expect(report.top5).toBe(75);
    expect(report.top1Localisation).toBe(50);
    // Any region: at IoU 0.3 and 0.5 all at threshold 0.3. At 0.7 the even items have one at threshold 0.5, the odd ones
    // one at 0.3, so that the even ones are scored at 0.3, where none is, and the odd ones at 0.5, where none is.
    expect(report.cam.v2).toEqual([100, 100, 0]);
    expect(report.cam.maxBoxAccV2).toBeCloseTo(200 / 3, 10);
    expect(report.centred).toMatchObject({ maxBoxAcc: 0, v2: [100, 0, 0] });
    expect(report.classes).toEqual([
      { classIndex: 1, images: 2, top1: 100, boxAcc: 100, meanOverlap: (0.55 + 0.6) / 2 },
      { classIndex: 2, images: 2, top1: 0, boxAcc: 50, meanOverlap: (0.45 + 0.8) / 2 },
    ]);
    expect(report.overlaps.map(({ overlap }) => overlap)).toEqual([0.45, 0.55, 0.6, 0.8]);
  });
});

describe('the centred box', () => {
  it('lies in the middle and has that share of the sides', () => {
    expect(centredBox({ width: 200, height: 100 }, 0.8).map(Math.round)).toEqual([20, 10, 180, 90]);
  });
});

describe('the score of a clip', () => {
  const truth = new Map<number, Box>([0, 1, 2, 3].map((frame) => [frame, [0, 0, 30, 40]]));

  it('counts frames without a box, steps of the centre, and changes of id', () => {
    const score = scoreClip(
      [{ box: [0, 0, 30, 40], id: 1 }, { box: [0, 0, 30, 20], id: 1 }, {}, { box: [100, 100, 130, 140], id: 2 }],
      truth,
    );
    // IoU 1, 0.5, none, 0. From the first frame to the second the centre moves up by 10 of a diagonal of 50.
    expect(score).toEqual({ corLoc: 50, meanIou: 37.5, idSwitches: 1, jitter: 20 });
  });

  it('does not take the motion of the object for jitter', () => {
    const moving = new Map<number, Box>([0, 1, 2].map((frame) => [frame, [frame * 7, 0, frame * 7 + 30, 40]]));
    expect(
      scoreClip(
        [0, 1, 2].map((frame) => ({ box: moving.get(frame) })),
        moving,
      ),
    ).toMatchObject({ jitter: 0 });
  });

  it('of names is how many are right and how often they change', () => {
    expect(scoreLabels(['bird', undefined, 'bird', 'cat'], (name) => name === 'bird')).toEqual({
      right: 50,
      changes: 1,
    });
    expect(scoreLabels([undefined], () => true)).toEqual({ right: 0, changes: 0 });
  });

  it('is reported at the threshold of the other half of the clips', () => {
    const score = (meanIou: number) => ({ corLoc: meanIou, meanIou, idSwitches: 0, jitter: 0 });
    const clip = (name: string, ious: number[]): ClipResult => ({
      clip: name,
      frames: 2,
      frameBoxes: ious.map(score),
      trackBoxes: ious.map(score),
      labels: { right: 100, changes: 2 },
      centred: CENTRED_SIDES.map(() => score(10)),
    });
    const { clips, mean } = reportClips([clip('a', [60, 30]), clip('b', [20, 50])], [0.3, 0.4]);
    expect(clips.map(({ threshold, trackBoxes }) => [threshold, trackBoxes.meanIou])).toEqual([
      [0.4, 30],
      [0.3, 20],
    ]);
    expect(mean.trackBoxes.meanIou).toBe(25);
    expect(mean.labels).toEqual({ right: 100, changes: 2 });
  });
});

describe('the truth', () => {
  it('of images gathers the boxes of each', () => {
    const csv =
      'file,class_index,wnid,x0,y0,x1,y1,image_w,image_h\na.jpg,7,n1,1,2,3,4.5,10,20\na.jpg,7,n1,5,6,7,8,10,20\n\n';
    expect(parseImageTruth(csv, 'boxes.csv')).toEqual([
      {
        file: 'a.jpg',
        classIndex: 7,
        wnid: 'n1',
        size: { width: 10, height: 20 },
        boxes: [
          [1, 2, 3, 4.5],
          [5, 6, 7, 8],
        ],
      },
    ]);
  });

  it('of clips reads quoted fields and several classes', () => {
    const csv = 'clip,primary_class_index,acceptable_class_indices,usable_for_cam,note\ndog,208,222 207,yes,"a, b"\n';
    expect(parseClips(csv, 'classes.csv')).toEqual([{ clip: 'dog', classes: [207, 222] }]);
    expect(parseClipBoxes('frame,x0,y0,x1,y1,mask_area\r\n0,1,2,3,4,9\r\n', 'gt')).toEqual(
      new Map([[0, [1, 2, 3, 4]]]),
    );
  });

  it('is refused where a column or a number is missing, with the place', () => {
    expect(() => parseClipBoxes('frame,x0,y0,x1\n', 'gt.csv')).toThrow('gt.csv has no column y1');
    expect(() => parseClipBoxes('frame,x0,y0,x1,y1\n0,1,2,3\n', 'gt.csv')).toThrow('gt.csv line 2 has 4 fields');
    expect(() => parseClipBoxes('frame,x0,y0,x1,y1\n0,1,2,3,wide\n', 'gt.csv')).toThrow('y1 "wide" is not a number');
  });
});
