/** The network sees every Nth frame, or with `auto` those that are worth it. */
export type Stride = number | 'auto';

/** What `auto` lets pass between two frames that the network sees: seconds, and frames. */
export const AUTO = { seconds: Number(process.env.AUTO ?? 0.33), frames: Number(process.env.AUTOF ?? 12) };

/** Frames from one that the network sees to the next, at most. */
export function longestStride(stride: Stride): number {
  return stride === 'auto' ? AUTO.frames : stride;
}
