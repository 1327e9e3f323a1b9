import type { StreamState } from '../../../src/protocol/events.ts';
import type { Rendition } from '../../../src/protocol/video.ts';
import type { Size } from '../../../src/types.ts';

export type Phase = 'connecting' | 'waiting' | 'live' | 'stalled' | 'paused' | 'reconnecting' | 'ended' | 'failed';

/** How a player is doing. */
export interface PlayerState {
  readonly phase: Phase;
  /** A sentence for the person who watches. */
  readonly words: string;
  readonly rendition: Rendition | undefined;
  /** Why it is this rendition. */
  readonly reason: string;
  /** What keeps the browser from showing video, and what to do about it. */
  readonly trouble: string | undefined;
  /** How far the picture is behind, seconds; undefined while that is not worth a word. */
  readonly behindSeconds: number | undefined;
  /** Pixels as shown. */
  readonly display: Size | undefined;
}

/** Hears of everything that happens and makes one state of it. */
export interface StateKeeper {
  connected(): void;
  waiting(): void;
  lost(retryMs: number, why: string): void;
  ended(reason: string): void;
  source(state: StreamState, reason: string | null): void;
  rendition(rendition: Rendition, reason: string): void;
  size(display: Size | null): void;
  trouble(words: string | undefined): void;
  /** @param latencyMs - How far the picture is behind; undefined if nobody knows or if it does not matter. */
  shown(now: number, latencyMs: number | undefined): void;
  paused(isPaused: boolean): void;
  tick(now: number): void;
}

/** A picture further behind than this is not live, milliseconds. */
export const BEHIND_MS = 1_500;
/** It is again when it is closer than this: a picture about the limit does not flicker between the two. */
const CAUGHT_UP_MS = 1_000;
/** Without a new frame for so long a picture is old. */
const STALE_MS = 3_000;

/** @param onState - Called with each state that differs from the one before. */
export function describeState(onState: (state: PlayerState) => void): StateKeeper {
  let link: { phase: Phase; words: string } = { phase: 'connecting', words: 'Connecting to the server' };
  let source: { state: StreamState; reason: string | null } | undefined;
  let rendition: Rendition | undefined;
  let reason = '';
  let trouble: string | undefined;
  let display: Size | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  let isPaused = false;
  let behindSeconds: number | undefined;
  let last = '';

  function say(now = performance.now()): void {
    const state = { ...phaseAt(now), rendition, reason, trouble, display, behindSeconds };
    const text = JSON.stringify(state);
    if (text === last) return;
    last = text;
    onState(state);
  }

  function phaseAt(now: number): { phase: Phase; words: string } {
    if (isPaused) return { phase: 'paused', words: 'Paused' };
    if (link.phase === 'reconnecting' || link.phase === 'ended') return link;
    const why = source?.reason ? `: ${source.reason}` : '';
    if (source?.state === 'failed') return { phase: 'failed', words: `The source has failed${why}` };
    if (source?.state === 'ended') return { phase: 'ended', words: 'The source is over' };
    if (source?.state === 'reconnecting') return { phase: 'reconnecting', words: `The source is being reopened${why}` };
    if (now - shownAt < STALE_MS)
      return { phase: 'live', words: behindSeconds === undefined ? 'Live' : `${behindSeconds} s behind` };
    if (shownAt > 0) return { phase: 'stalled', words: `No new picture for a while${why}` };
    return link;
  }

  const set = (phase: Phase, words: string) => {
    link = { phase, words };
    say();
  };

  return {
    connected: () => set('connecting', 'Connected, waiting for video'),
    waiting: () => set('waiting', 'The stream has no video yet'),
    lost: (retryMs, why) =>
      set('reconnecting', `${why || 'No connection to the server'}, trying again in ${seconds(retryMs)}`),
    ended: (words) => set('ended', words ? `${words[0]!.toUpperCase()}${words.slice(1)}` : 'The stream is over'),
    source(state, why) {
      source = { state, reason: why };
      say();
    },
    rendition(name, why) {
      rendition = name;
      reason = why;
      say();
    },
    size(size) {
      display = size ?? undefined;
      say();
    },
    trouble(words) {
      trouble = words;
      say();
    },
    shown(now, latencyMs = 0) {
      shownAt = now;
      if (latencyMs > BEHIND_MS) behindSeconds = Math.round(latencyMs / 500) / 2;
      else if (latencyMs < CAUGHT_UP_MS) behindSeconds = undefined;
      if (link.phase !== 'live') link = { phase: 'live', words: 'Live' };
      say(now);
    },
    paused(value) {
      isPaused = value;
      say();
    },
    tick: say,
  };
}

function seconds(ms: number): string {
  return ms < 1000 ? 'a moment' : `${Math.round(ms / 1000)} s`;
}
