import type { Box } from '../../types.ts';
import { type BoxMotion, correctBox, loosenBox, predictBox, smoothBox, startBox, steerBox } from '../box-motion.ts';
import type { Shift } from '../carry.ts';

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
  /** Of each step, what its prediction starts from where a shift is known: before and after that is taken in. */
  const steered: ({ readonly loose: BoxMotion; readonly told: BoxMotion } | undefined)[] = [undefined];
  for (let step = 1; step < pts.length; step++) {
    const before = known[step - 1]!;
    const shift = shifts[step];
    const loose = shift && loosenBox(before);
    const told = loose && steerBox(loose, shift, pts[step]! - before.pts);
    const prediction = predictBox(told ?? before, pts[step]!);
    const box = boxes[step];
    steered.push(told && { loose, told });
    expected.push(prediction);
    known.push(box ? correctBox(prediction, box) : prediction);
  }
  const smoothed = [...known];
  for (let step = pts.length - 2; step >= 0; step--) {
    const { loose, told } = steered[step + 1] ?? {};
    const later = smoothBox(told ?? known[step]!, expected[step + 1]!, smoothed[step + 1]!);
    smoothed[step] = loose ? smoothBox(known[step]!, loose, later) : later;
  }
  return smoothed;
}
