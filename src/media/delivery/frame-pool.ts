import type { StartOptions } from '../protocol.ts';

/** What a pool is laid out by: a model input for each slot and, where frames are skipped, a glimpse for each behind them. */
type PoolLayout = Pick<StartOptions, 'slots' | 'stride' | 'inputSize'>;

/** Memory that the main thread and a media thread share, for the pictures the network sees. */
export function framePool(layout: PoolLayout): SharedArrayBuffer {
  return new SharedArrayBuffer(picturesIn(layout) * bytesOf(layout));
}

/** The pictures of a pool, each `[height, width, 3]` RGB bytes: first the inputs by slot, then the glimpses by slot. */
export function picturesOf(pool: SharedArrayBuffer, layout: PoolLayout): Uint8Array[] {
  const bytes = bytesOf(layout);
  return Array.from({ length: picturesIn(layout) }, (_, at) => new Uint8Array(pool, at * bytes, bytes));
}

function picturesIn({ slots, stride }: PoolLayout): number {
  return stride === 1 ? slots : 2 * slots;
}

function bytesOf({ inputSize }: PoolLayout): number {
  return inputSize.width * inputSize.height * 3;
}
