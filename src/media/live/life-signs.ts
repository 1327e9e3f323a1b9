/** Tells main that a source is alive. */
export interface LifeSigns {
  /** A packet has arrived. @param intact - Whether the decoder took it. @param frames - How many came out. */
  packet(intact: boolean, frames: number): void;
  /** Says so while something is waited for that is not the source's to bring: room for a frame, the time of the next. */
  during<T>(waiting: Promise<T>): Promise<T>;
}

const EVERY_MS = 500;
/** Packets without a frame are no sign for longer than this: what they carry cannot be shown. */
const FRUITLESS_MS = 30_000;

/**
 * Judges by what arrives here whether a source is silent, so that a busy machine's own slowness is not taken for it.
 * Damaged packets are no sign of life: a source that sends nothing else is better opened again.
 */
export function lifeSigns(say: () => void): LifeSigns {
  let said = Number.NEGATIVE_INFINITY;
  let frameAt = performance.now();

  function sign(): void {
    const now = performance.now();
    if (now - said < EVERY_MS) return;
    said = now;
    say();
  }

  return {
    packet(intact, frames) {
      const now = performance.now();
      if (frames > 0) frameAt = now;
      if (intact && now - frameAt < FRUITLESS_MS) sign();
    },
    async during(waiting) {
      const timer = setInterval(sign, EVERY_MS);
      try {
        return await waiting;
      } finally {
        clearInterval(timer);
        frameAt = performance.now();
      }
    },
  };
}
