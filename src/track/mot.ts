import { HeatboxError } from '../error.ts';
import type { Localisation, Track } from '../types.ts';

/**
 * What to follow MOT detections with, in the tracker and in hindsight: the scores of a detector such as Faster R-CNN crowd
 * near 1, where the softmax probabilities of a classifier do not.
 */
export const MOT_SCORES = { sureScore: 0.9, minScore: 0.9 } as const;

/** Nine hours at 30 frames a second: a sequence is followed frame by frame, those without detections as well. */
const MOST_FRAMES = 1_000_000;

/**
 * Reads detections in the MOTChallenge format: lines of `frame,id,left,top,width,height,score,…`, frames counted from 1.
 * They become localisations of class 0, without a map, their peak the centre of the box.
 *
 * @returns Detections by frame number. Empty lines are passed over.
 * @throws HeatboxError `BAD_DETECTIONS`, naming the line, where one has fewer than seven numbers or a frame that is none from 1 to a million.
 */
export function parseMot(text: string): Map<number, Localisation[]> {
  const frames = new Map<number, Localisation[]>();
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') return;
    const fields = line.split(',').map((field) => (field.trim() === '' ? Number.NaN : Number(field)));
    const [frame = 0, , left = 0, top = 0, width = 0, height = 0, score = 0] = fields;
    if (
      fields.length < 7 ||
      !fields.slice(0, 7).every(Number.isFinite) ||
      !Number.isInteger(frame) ||
      frame < 1 ||
      frame > MOST_FRAMES
    ) {
      throw new HeatboxError('BAD_DETECTIONS', `line ${index + 1} is not a MOT detection: ${line.slice(0, 80)}`, {
        value: line,
        hint: `Each line is frame,id,left,top,width,height,score, with frames counted from 1 to ${MOST_FRAMES}.`,
        kind: 'usage',
      });
    }
    const localisation: Localisation = {
      classIndex: 0,
      score,
      box: [left, top, left + width, top + height],
      peak: { x: left + width / 2, y: top + height / 2 },
      map: { rows: 0, cols: 0, data: new Float32Array() },
      evidence: [{ classIndex: 0, score }],
    };
    const found = frames.get(frame);
    if (found) found.push(localisation);
    else frames.set(frame, [localisation]);
  });
  return frames;
}

/**
 * One frame's tracks as lines of the MOTChallenge format, `frame,id,left,top,width,height,score,-1,-1,-1`, pixels to two
 * decimals, each line ended.
 *
 * @param frame Number of the frame, from 1.
 */
export function formatMot(frame: number, tracks: readonly Track[]): string {
  return tracks
    .map(({ id, box: [x0, y0, x1, y1], score }) => {
      const numbers = [x0, y0, x1 - x0, y1 - y0].map((value) => value.toFixed(2));
      return `${frame},${id},${numbers.join(',')},${score.toFixed(4)},-1,-1,-1\n`;
    })
    .join('');
}
