/** How long to wait before a lost connection is tried again. */
export interface BackOff {
  /** The first pause, milliseconds. */
  readonly firstMs: number;
  /** No pause is longer, milliseconds. */
  readonly longestMs: number;
}

/**
 * How long to wait before a connection is tried again: twice as long after each failure, up to a limit, shortened at random
 * by up to half, so that not all clients of a server come back at once.
 *
 * @param failures In a row before this one.
 * @returns milliseconds
 */
export function backOff(failures: number, { firstMs, longestMs }: BackOff): number {
  const pause = Math.min(firstMs * 2 ** failures, longestMs);
  return Math.round(pause / 2 + (Math.random() * pause) / 2);
}
