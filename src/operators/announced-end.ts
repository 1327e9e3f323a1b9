import type { SourceInfo } from '../media/protocol.ts';

/** An end this close to the announced one is that one: lengths are rounded, and the last frames may have been left out. */
const NEAR_SECONDS = 3;

/**
 * Whether a source that brings no more frames has come to its end. What is on this machine has; what is elsewhere only near
 * the end it announced: everything else is a lost connection.
 *
 * @param played - From the first frame to the last, in seconds of the source clock.
 */
export function isAnnouncedEnd({ input, duration }: Pick<SourceInfo, 'input' | 'duration'>, played: number): boolean {
  if (isHere(input)) return true;
  return duration !== undefined && played >= duration - NEAR_SECONDS;
}

/** Whether a source comes to an end by itself: one of a known length, and everything on this machine. */
export function hasEnd({ input, duration }: Pick<SourceInfo, 'input' | 'duration'>): boolean {
  return duration !== undefined || isHere(input);
}

/** Whether an input is no address: a file. */
function isHere(input: string): boolean {
  return !/^([a-z][a-z0-9+.-]+):/i.test(input);
}
