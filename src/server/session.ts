import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { createFilter, type EventFilter } from '../events/filter.ts';
import type { EventLog } from '../events/log/log.ts';
import {
  type ControlMessage,
  clientMessageSchema,
  type ErrorMessage,
  type Hello,
  type Notice,
  type Subscribe,
} from '../events/messages.ts';
import { coalesce, lagNotice, type Outgoing, outgoing } from './backlog.ts';
import { createBudget } from './budget.ts';
import type { Limits } from './limits.ts';
import { readMessage } from './read-message.ts';

export interface SessionOptions {
  readonly log: EventLog;
  readonly limits: Limits;
  readonly hello: () => Hello;
  readonly isKnownStream: (name: string) => boolean;
  readonly count: SessionCounters;
}

/** Where a session counts what it does. */
export interface SessionCounters {
  sent(events: number, bytes: number): void;
  coalesced(events: number): void;
  refused(code: ErrorMessage['code']): void;
  tooSlow(): void;
  failed(error: unknown): void;
}

/** One client at `/v1/events`. */
export interface Session {
  /** Looks for life and shows it; called once per heartbeat. */
  beat(): void;
  notify(notice: Notice): void;
  close(code: number, reason: string): void;
}

interface Subscription {
  readonly filter: EventFilter;
  readonly delivery: 'latest' | 'every';
  /** Next number of the log to look at. */
  position: number;
  phase: 'replay' | 'live';
  /** Filtered and coalesced events that the socket has not taken yet. */
  waiting: readonly Outgoing[];
  waitingBytes: number;
  isBehind: boolean;
}

/** Bytes in the socket's own queue from which on nothing is added to it: what waits beyond that waits in the log. */
const HIGH_WATER = 128 * 1024;
/** Age of the next event to send from which on a subscriber counts as slow; a burst alone does not make it so. */
const LATE_MS = 500;
/** Time for the close frame to get through to a client that does not read. */
const CLOSE_GRACE_MS = 5_000;
const MISTAKES = 3;

/**
 * Serves one WebSocket client: greets it, takes its subscription, replays, then follows the log. Events are never
 * queued per client: each client is a position in the shared log, and looks there again when its socket has room. A
 * client that was behind gets the newest value of each track and the count of what it missed (`delivery: latest`).
 */
export function serveSession(socket: WebSocket, wire: Duplex, options: SessionOptions): Session {
  const { log, limits, count } = options;
  const spend = createBudget(limits.messages);
  const accept = readMessage(clientMessageSchema, limits, spend);
  let current: Subscription | undefined;
  let mistakes = 0;
  let isAlive = true;
  let isQuiet = true;
  let isCorked = false;
  let grace: NodeJS.Timeout | undefined;
  let onRoom: (() => void) | undefined;

  const advanced = log.advanced.subscribe(() => current && pump(current));
  const patience = setTimeout(() => close(1008, 'no subscription'), limits.patienceSeconds * 1000);

  socket.on('message', receive);
  socket.on('ping', (data) => control(() => isFull() || socket.pong(data)));
  socket.on('pong', () => control(() => undefined));
  // The close event follows; there is nothing to do about a broken connection.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    current = undefined;
    clearTimeout(patience);
    clearTimeout(grace);
    advanced.unsubscribe();
    release();
  });
  say(options.hello());

  function receive(data: RawData, isBinary: boolean): void {
    isAlive = true;
    if (socket.readyState !== socket.OPEN) return;
    const result = accept(data as Buffer, isBinary);
    if ('error' in result) refuse(result.error);
    else subscribe(result.message);
  }

  /** Control frames cost little, but a flood of them costs as much as any other, and its answers memory. */
  function control(answer: () => void): void {
    isAlive = true;
    if (socket.readyState !== socket.OPEN) return;
    if (spend()) answer();
    else close(1008, 'too many control frames');
  }

  function refuse(error: ErrorMessage): void {
    count.refused(error.code);
    say(error);
    if (++mistakes >= MISTAKES) close(1008, 'too many errors');
  }

  function subscribe({ filters = {}, from, epoch, delivery = 'latest' }: Subscribe): void {
    clearTimeout(patience);
    for (const name of filters.streams ?? []) {
      if (!options.isKnownStream(name)) {
        say({ type: 'notice', code: 'unknown-stream', message: `There is no stream "${name}" at present` });
      }
    }
    let position = Math.min(from ?? current?.position ?? log.newest + 1, log.newest + 1);
    if (from !== undefined && epoch !== undefined && epoch !== log.epoch) {
      say({ type: 'gap', reason: 'epoch', epoch, from, to: null });
      position = 1;
    }
    current = {
      filter: createFilter(filters),
      delivery,
      position,
      phase: 'replay',
      waiting: [],
      waitingBytes: 0,
      isBehind: false,
    };
    // A replay under way notices that it is no longer the current one.
    release();
    catchUp(current).catch((error) => {
      count.failed(error);
      close(1011, 'the log cannot be read');
    });
  }

  /** Replays at the client's pace until it is near enough to the newest event to go on live. */
  async function catchUp(subscription: Subscription): Promise<void> {
    do {
      for await (const piece of log.replay(subscription.position, log.newest)) {
        if (piece.kind === 'gap') {
          const { reason, from, to } = piece;
          say({ type: 'gap', reason, epoch: log.epoch, from, to });
          subscription.position = to + 1;
          continue;
        }
        for (const entry of piece.entries) {
          if (isFull()) await room();
          if (current !== subscription) return;
          const event = outgoing(entry, subscription.filter);
          subscription.position = entry.seq + 1;
          if (event) send(event);
        }
      }
      if (current !== subscription) return;
    } while (isFarBehind(subscription));
    subscription.phase = 'live';
    say({ type: 'live', seq: subscription.position - 1 });
    pump(subscription);
  }

  function isFarBehind({ position, delivery }: Subscription): boolean {
    if (position > log.newest) return false;
    return log.get(position) === undefined || (delivery === 'every' && log.bytesFrom(position) > limits.lagBytes / 2);
  }

  function pump(subscription: Subscription): void {
    if (subscription.phase !== 'live') return;
    if (isFull()) {
      subscription.isBehind = true;
      checkLag(subscription);
      return;
    }
    if (isLate(subscription)) skipToNewest(subscription);
    sendWaiting(subscription);
    while (subscription.waiting.length === 0 && subscription.position <= log.newest && !isFull()) {
      const entry = log.get(subscription.position);
      if (!entry) break;
      const event = outgoing(entry, subscription.filter);
      subscription.position++;
      if (event) send(event);
    }
    subscription.isBehind = subscription.waiting.length > 0 || subscription.position <= log.newest;
    if (subscription.isBehind) checkLag(subscription);
  }

  function isLate({ isBehind, delivery, waiting, position }: Subscription): boolean {
    if (!isBehind || delivery === 'every') return false;
    const event = waiting[0]?.event ?? log.get(position)?.event;
    return event !== undefined && Date.now() - Date.parse(event.time) > LATE_MS;
  }

  function skipToNewest(subscription: Subscription): void {
    const entries = [...subscription.waiting];
    for (let entry = log.get(subscription.position); entry; entry = log.get(subscription.position)) {
      const event = outgoing(entry, subscription.filter);
      subscription.position++;
      if (event) entries.push(event);
    }
    const backlog = coalesce(entries);
    subscription.waiting = backlog.outgoing;
    subscription.waitingBytes = backlog.outgoing.reduce((sum, { data }) => sum + data.length, 0);
    const notice = lagNotice(backlog.dropped);
    if (!notice) return;
    count.coalesced(backlog.dropped.length);
    say(notice);
  }

  function sendWaiting(subscription: Subscription): void {
    let sent = 0;
    for (const event of subscription.waiting) {
      if (isFull()) break;
      send(event);
      subscription.waitingBytes -= event.data.length;
      sent++;
    }
    if (sent > 0) subscription.waiting = subscription.waiting.slice(sent);
  }

  function checkLag({ waitingBytes, position }: Subscription): void {
    const bytes = waitingBytes + log.bytesFrom(position);
    const isLost = position <= log.newest && log.get(position) === undefined;
    if (bytes <= limits.lagBytes && !isLost) return;
    count.tooSlow();
    close(1013, 'too far behind; resume by seq');
  }

  function isFull(): boolean {
    return socket.bufferedAmount >= HIGH_WATER;
  }

  function room(): Promise<void> {
    return new Promise((resolve) => {
      onRoom = resolve;
    });
  }

  function release(): void {
    const resume = onRoom;
    onRoom = undefined;
    resume?.();
  }

  function send(event: Outgoing): void {
    transmit(event.data);
    count.sent(1, event.data.length);
  }

  function say(message: ControlMessage): void {
    transmit(Buffer.from(JSON.stringify(message)));
  }

  function transmit(data: Buffer): void {
    if (socket.readyState !== socket.OPEN) return;
    isQuiet = false;
    // Everything of one turn of the event loop leaves in one system call.
    if (!isCorked) {
      isCorked = true;
      wire.cork();
      process.nextTick(() => {
        isCorked = false;
        wire.uncork();
      });
    }
    socket.send(data, { binary: false }, onSent);
  }

  function onSent(error?: Error): void {
    if (error) return;
    isAlive = true;
    if (socket.bufferedAmount > HIGH_WATER / 2) return;
    release();
    if (current?.isBehind) pump(current);
  }

  function beat(): void {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
    if (isQuiet && current?.phase === 'live' && !current.isBehind) say({ type: 'live', seq: current.position - 1 });
    isQuiet = true;
  }

  function close(code: number, reason: string): void {
    current = undefined;
    socket.close(code, reason);
    grace ??= setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
  }

  return { beat, notify: say, close };
}
