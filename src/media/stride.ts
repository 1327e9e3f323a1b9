/** The network sees every Nth frame, or with `auto` those that are worth it. */
export type Stride = number | 'auto';

/**
 * What `auto` lets pass between two frames that the network sees: seconds, less where boxes are shown before the next is
 * known, and in any case frames.
 */
export const AUTO = { seconds: 0.33, liveSeconds: 0.15, frames: 12 };

/** Frames from one that the network sees to the next, at most. */
export function longestStride(stride: Stride): number {
  return stride === 'auto' ? AUTO.frames : stride;
}
