import type { Box } from '../types.ts';
import { type BoxMotion, correctBox, predictBox, smoothBox, startBox, steerBox } from './box-motion.ts';
import type { Shift } from './carry.ts';

/**
 * The Kalman filter forward over the measured boxes, then the Rauch-Tung-Striebel pass backward: boxes that neither shake
 * nor lag.
 *
 * @param pts Times, ascending.
 * @param boxes The box measured at each, the first of all at least.
 * @param shifts How what is in the box moved to each from the time before, where that is known.
 */
export function smoothBoxes(
  pts: readonly number[],
  boxes: readonly (Box | undefined)[],
  shifts: readonly (Shift | undefined)[] = [],
): BoxMotion[] {
  const known: BoxMotion[] = [startBox(boxes[0]!, pts[0]!)];
  const expected: BoxMotion[] = [known[0]!];
  for (let step = 1; step < pts.length; step++) {
    const shift = shifts[step];
    if (shift) known[step - 1] = steerBox(known[step - 1]!, shift, pts[step]! - pts[step - 1]!);
    const prediction = predictBox(known[step - 1]!, pts[step]!);
    const box = boxes[step];
    expected.push(prediction);
    known.push(box ? correctBox(prediction, box) : prediction);
  }
  const smoothed = [...known];
  for (let step = pts.length - 2; step >= 0; step--) {
    smoothed[step] = smoothBox(known[step]!, expected[step + 1]!, smoothed[step + 1]!);
  }
  return smoothed;
}
