/**
 * Where a source stands. `connecting`: being opened. `live`: frames come. `stalled`: none has come for a while.
 * `reconnecting`: waiting to be opened anew. `ended` and `failed` are for good.
 */
export type Phase = 'connecting' | 'live' | 'stalled' | 'reconnecting' | 'ended' | 'failed';

/** Where a source stands, and since when. */
export interface Standing {
  /** Where it stands. */
  readonly phase: Phase;
  /** Why, where that says something. */
  readonly reason: string | null;
  /** Failures in a row: none of them was followed by a healthy time. */
  readonly failures: number;
  /** Since when frames come without a break, milliseconds. */
  readonly liveSince?: number;
  /** When the phase is over by itself, milliseconds. */
  readonly due?: number;
}

/** What a source does, or time does to it (`due`). */
export type Happening =
  | { readonly type: 'frame' }
  /** `leastWait`: milliseconds that must pass before it is opened anew. */
  | { readonly type: 'lost'; readonly reason: string; readonly hopeless: boolean; readonly leastWait?: number }
  /** It came to its end. */
  | { readonly type: 'ended' }
  | { readonly type: 'due' };

/** All in milliseconds. */
export interface PhaseOptions {
  /** From the beginning of opening to the first frame. */
  readonly openWithin: number;
  /** Without a frame for so long a source is stalled. */
  readonly stallAfter: number;
  /** Stalled for so long it is opened anew. */
  readonly giveUpAfter: number;
  /** The wait before the first new attempt; each further one is twice as long, up to the longest. */
  readonly firstWait: number;
  /** No wait is longer. */
  readonly longestWait: number;
  /** Live for so long, and failures before are forgotten. */
  readonly healthyAfter: number;
  /** Whether it begins anew at its end. */
  readonly loop: boolean;
}

export const PHASE_DEFAULTS: PhaseOptions = {
  openWithin: 25_000,
  stallAfter: 4000,
  giveUpAfter: 6000,
  firstWait: 500,
  longestWait: 30_000,
  healthyAfter: 10_000,
  loop: false,
};

export function connecting(now: number, { openWithin }: PhaseOptions, failures = 0): Standing {
  return { phase: 'connecting', reason: null, failures, due: now + openWithin };
}

/**
 * The state machine of a source that is kept alive. Pure: time and chance come from outside.
 *
 * @param now - Milliseconds, of any clock that does not jump.
 * @param chance - From 0 to 1: waits are shortened by up to half of it, so that many sources do not come back at once.
 */
export function advance(
  standing: Standing,
  happening: Happening,
  now: number,
  options: PhaseOptions,
  chance: () => number,
): Standing {
  const { phase } = standing;
  if (phase === 'ended' || phase === 'failed') return standing;
  switch (happening.type) {
    case 'frame':
      return phase === 'reconnecting' ? standing : live(standing, now, options);
    case 'lost':
      if (happening.hopeless) return { phase: 'failed', reason: happening.reason, failures: standing.failures + 1 };
      return phase === 'reconnecting'
        ? standing
        : reconnecting(standing, happening.reason, now, options, chance, happening.leastWait);
    case 'ended':
      return options.loop ? connecting(now, options) : { phase: 'ended', reason: null, failures: 0 };
    case 'due':
      return overdue(standing, now, options, chance);
  }
}

function live(standing: Standing, now: number, options: PhaseOptions): Standing {
  const liveSince = standing.phase === 'live' ? (standing.liveSince ?? now) : now;
  const failures = now - liveSince >= options.healthyAfter ? 0 : standing.failures;
  return { phase: 'live', reason: null, failures, liveSince, due: now + options.stallAfter };
}

function reconnecting(
  standing: Standing,
  reason: string,
  now: number,
  { firstWait, longestWait }: PhaseOptions,
  chance: () => number,
  leastWait = 0,
): Standing {
  const failures = standing.failures + 1;
  const backoff = Math.min(longestWait, firstWait * 2 ** (failures - 1)) * (1 - chance() / 2);
  const wait = Math.max(leastWait, backoff);
  return { phase: 'reconnecting', reason, failures, due: now + wait };
}

function overdue(standing: Standing, now: number, options: PhaseOptions, chance: () => number): Standing {
  const { stallAfter, giveUpAfter, openWithin } = options;
  const silence = (milliseconds: number) => `no frame for ${Number((milliseconds / 1000).toFixed(1))} s`;
  switch (standing.phase) {
    case 'connecting':
      return reconnecting(standing, silence(openWithin), now, options, chance);
    case 'live':
      return { ...standing, phase: 'stalled', reason: silence(stallAfter), due: now + giveUpAfter };
    case 'stalled':
      return reconnecting(standing, silence(stallAfter + giveUpAfter), now, options, chance);
    default:
      return connecting(now, options, standing.failures);
  }
}
