import type { EventFilter } from '../events/filter.ts';
import type { EventLog } from '../events/log/log.ts';
import { coalesce, lagNotice, type Outgoing, outgoing } from './backlog.ts';
import type { Transport } from './transport.ts';

export interface DeliveryOptions {
  readonly log: EventLog;
  readonly transport: Transport;
  readonly filter: EventFilter;
  readonly mode: 'latest' | 'every';
  /** First number of the log to look at. */
  readonly from: number;
  /** Bytes it may be behind. */
  readonly lagBytes: number;
  readonly onSent: (bytes: number) => void;
  readonly onCoalesced: (events: number) => void;
  /** It is further behind than it may be, or memory has no longer what it needs next. Called once at most. */
  readonly onTooSlow: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** The events of one subscription on their way to its client. */
export interface Delivery {
  /** All that passes and has a lower number is sent. */
  readonly position: number;
  /** Whether it has sent all there was. */
  readonly isUpToDate: boolean;
  /** The log has grown. */
  advance(): void;
  /** The transport has room again. */
  proceed(): void;
  stop(): void;
}

/** Age of the next event to send from which on a subscriber counts as slow; a burst alone does not make it so. */
const LATE_MS = 500;

/**
 * Replays the log at the client's pace, then follows it. Events are not queued for a client: it is a position in the
 * shared log, and looks there again when its transport has room. One that was behind then gets the newest value of each
 * track and the count of what it missed (`latest`), or all of it (`every`). One function, since replay and live delivery
 * share the position and what waits.
 */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { log, transport, filter, mode, lagBytes } = options;
  let position = options.from;
  let phase: 'replay' | 'live' | 'over' = 'replay';
  let isBehind = false;
  /** Filtered and coalesced, and not taken by the transport yet. */
  let waiting: readonly Outgoing[] = [];
  let waitingBytes = 0;
  let onRoom: (() => void) | undefined;

  replayAll().catch((error) => {
    if (!isOver()) options.onFailed(error);
  });

  /** Until it is near enough to the newest event to go on live. */
  async function replayAll(): Promise<void> {
    do {
      for await (const piece of log.replay(position, log.newest)) {
        if (isOver()) return;
        if (piece.kind === 'gap') {
          const { reason, from, to } = piece;
          transport.say({ type: 'gap', reason, epoch: log.epoch, from, to });
          position = to + 1;
          continue;
        }
        for (const entry of piece.entries) {
          if (transport.isFull) await room();
          if (isOver()) return;
          look(entry);
        }
      }
      if (isOver()) return;
    } while (isFarBehind());
    phase = 'live';
    transport.say({ type: 'live', seq: position - 1 });
    advance();
  }

  function isOver(): boolean {
    return phase === 'over';
  }

  function isFarBehind(): boolean {
    if (position > log.newest) return false;
    return log.get(position) === undefined || (mode === 'every' && log.bytesFrom(position) > lagBytes / 2);
  }

  function advance(): void {
    if (phase !== 'live') return;
    if (!transport.isFull) {
      if (isLate()) skipToNewest();
      sendWaiting();
      while (waiting.length === 0 && position <= log.newest && !transport.isFull) {
        const entry = log.get(position);
        if (!entry) break;
        look(entry);
      }
    }
    isBehind = waiting.length > 0 || position <= log.newest;
    if (isBehind) checkLag();
  }

  function isLate(): boolean {
    if (!isBehind || mode === 'every') return false;
    const next = waiting[0] ?? log.get(position);
    return next !== undefined && performance.now() - (next.at ?? Number.NEGATIVE_INFINITY) > LATE_MS;
  }

  function skipToNewest(): void {
    const entries = [...waiting];
    for (let entry = log.get(position); entry; entry = log.get(position)) {
      const event = outgoing(entry, filter);
      position++;
      if (event) entries.push(event);
    }
    const backlog = coalesce(entries);
    waiting = backlog.outgoing;
    waitingBytes = waiting.reduce((sum, { data }) => sum + data.length, 0);
    const notice = lagNotice(backlog.dropped);
    if (!notice) return;
    options.onCoalesced(backlog.dropped.length);
    transport.say(notice);
  }

  function sendWaiting(): void {
    let sent = 0;
    for (const event of waiting) {
      if (transport.isFull) break;
      send(event);
      waitingBytes -= event.data.length;
      sent++;
    }
    if (sent > 0) waiting = waiting.slice(sent);
  }

  function checkLag(): void {
    const isLost = position <= log.newest && log.get(position) === undefined;
    if (waitingBytes + log.bytesFrom(position) <= lagBytes && !isLost) return;
    stop();
    options.onTooSlow();
  }

  /** Sends what the subscriber gets of an entry, and goes on to the next. */
  function look(entry: Parameters<typeof outgoing>[0]): void {
    const event = outgoing(entry, filter);
    position = entry.seq + 1;
    if (event) send(event);
  }

  function send({ data }: Outgoing): void {
    transport.send(data);
    options.onSent(data.length);
  }

  function room(): Promise<void> {
    return new Promise((resolve) => {
      onRoom = resolve;
    });
  }

  function proceed(): void {
    const resume = onRoom;
    onRoom = undefined;
    resume?.();
    if (isBehind) advance();
  }

  function stop(): void {
    phase = 'over';
    waiting = [];
    // A replay that waits for room finds out that it is over.
    proceed();
  }

  return {
    get position() {
      return waiting[0]?.seq ?? position;
    },
    get isUpToDate() {
      return phase === 'live' && !isBehind;
    },
    advance,
    proceed,
    stop,
  };
}
