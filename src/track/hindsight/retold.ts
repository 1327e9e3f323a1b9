import type { Size } from '../../types.ts';
import { type BoxMotion, boxOf, velocityOf } from '../box-motion.ts';
import { carry, clip } from '../boxes.ts';
import type { ObservedTrack } from '../tracker.ts';

/**
 * A track at one moment of its life, told again by its smoothed motion.
 *
 * @param last How it was last measured, at this moment or before.
 * @param measured Whether that was at this moment.
 */
export function retold(last: ObservedTrack, motion: BoxMotion, measured: boolean, display: Size): ObservedTrack {
  const box = boxOf(motion);
  return {
    ...last,
    box: clip(box, display),
    state: 'confirmed',
    measured,
    peak: carry(last.peak, last.box, box),
    velocity: velocityOf(motion),
  };
}
