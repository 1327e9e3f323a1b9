import type { EventOf } from '../../../src/protocol/events.ts';
import { frameName, type ShownFrame } from './decode/frames.ts';

/** What has happened since the player began. */
export interface Totals {
  /** Pictures put on the screen. */
  shown: number;
  /** Of these, pictures that the network saw. */
  analysed: number;
  /** Of these, pictures whose boxes did not come in time. */
  withoutBoxes: number;
  /** Boxes that came after their picture had been shown without them. */
  lateBoxes: number;
  /** Pictures that came too late for the screen, or all at once. */
  passedOver: number;
  /** Access units and pictures that the server left out because the network here was too slow. */
  skipped: number;
  /** Bytes received. */
  bytes: number;
}

/** Rates over the last second and the totals. */
export interface Statistics extends Readonly<Totals> {
  readonly shownPerSecond: number;
  readonly analysedPerSecond: number;
  readonly bitsPerSecond: number;
  /** From the server's getting a frame to the screen, median of the last second, milliseconds. */
  readonly latencyMs: number | undefined;
}

export interface StatisticsKeeper {
  readonly totals: Totals;
  /** A frame is on the screen. */
  shown(frame: ShownFrame): void;
  /** Boxes came, perhaps too late. */
  boxes(event: EventOf<'frame'>): void;
  /** Closes a period, and says what it was like. */
  take(now: number): Statistics;
}

/** Boxes that came too late are noticed for so many frames after theirs was shown. */
const REMEMBERED = 200;

export function keepStatistics(): StatisticsKeeper {
  const totals: Totals = {
    shown: 0,
    analysed: 0,
    withoutBoxes: 0,
    lateBoxes: 0,
    passedOver: 0,
    skipped: 0,
    bytes: 0,
  };
  const shownBare = new Set<string>();
  let before = { ...totals };
  let takenAt = performance.now();
  let latencies: number[] = [];
  return {
    totals,
    shown({ config: { session }, ptsUs, event, latencyMs }) {
      totals.shown++;
      if (latencyMs !== undefined) latencies.push(latencyMs);
      if (event?.measured) totals.analysed++;
      if (event) return;
      totals.withoutBoxes++;
      shownBare.add(frameName(session, ptsUs));
      if (shownBare.size > REMEMBERED) shownBare.delete(shownBare.values().next().value!);
    },
    boxes({ session, ptsUs }) {
      if (shownBare.delete(frameName(session, ptsUs))) totals.lateBoxes++;
    },
    take(now) {
      const seconds = Math.max(0.001, (now - takenAt) / 1000);
      const rate = (name: keyof Totals) => (totals[name] - before[name]) / seconds;
      const sorted = latencies.sort((a, b) => a - b);
      const result: Statistics = {
        ...totals,
        shownPerSecond: rate('shown'),
        analysedPerSecond: rate('analysed'),
        bitsPerSecond: 8 * rate('bytes'),
        latencyMs: sorted[sorted.length >> 1],
      };
      before = { ...totals };
      takenAt = now;
      latencies = [];
      return result;
    },
  };
}
