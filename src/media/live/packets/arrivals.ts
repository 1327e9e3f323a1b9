/** When the packets of frames to come had arrived, milliseconds since the epoch. */
export interface Arrivals {
  add(ticks: bigint, at: number): void;
  of(ticks: bigint): number | undefined;
}

/** Frames that never come out of the decoder are forgotten with so many packets behind theirs. */
const REMEMBERED = 256;

export function rememberArrivals(): Arrivals {
  const times = new Map<bigint, number>();
  return {
    add(ticks, at) {
      times.set(ticks, at);
      if (times.size > REMEMBERED) times.delete(times.keys().next().value!);
    },
    of: (ticks) => times.get(ticks),
  };
}
