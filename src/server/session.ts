import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { createFilter, type LabelsWithin } from '../events/filter.ts';
import type { EventLog } from '../events/log/log.ts';
import {
  clientMessageSchema,
  type ErrorMessage,
  type Hello,
  type Notice,
  type Subscribe,
} from '../protocol/messages.ts';
import { createBudget } from './budget.ts';
import { type Delivery, startDelivery } from './delivery.ts';
import { watchLife } from './life.ts';
import type { Limits } from './limits.ts';
import { readMessage } from './read-message.ts';
import { createTransport } from './transport.ts';

export interface SessionOptions {
  readonly log: EventLog;
  readonly limits: Limits;
  readonly hello: () => Hello;
  readonly isKnownStream: (name: string) => boolean;
  readonly isKnownLabel: (label: string) => boolean;
  readonly labelsWithin: LabelsWithin | undefined;
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

/** Time for the close frame to get through to a client that does not read. */
const CLOSE_GRACE_MS = 5_000;
const MISTAKES = 3;

/**
 * Serves one WebSocket client: greets it, takes its subscriptions, one after the other, and watches over its rules. One
 * function, since all its handlers share the socket, the subscription and the client's budget.
 */
export function serveSession(socket: WebSocket, wire: Duplex, options: SessionOptions): Session {
  const { log, limits, count } = options;
  const spend = createBudget(limits.messages);
  const accept = readMessage(clientMessageSchema, limits, spend);
  const life = watchLife();
  const transport = createTransport(socket, wire, life, () => current?.proceed());
  let current: Delivery | undefined;
  let mistakes = 0;
  let grace: NodeJS.Timeout | undefined;

  const advanced = log.advanced.subscribe(() => current?.advance());
  const patience = setTimeout(() => close(1008, 'no subscription'), limits.patienceSeconds * 1000);

  socket.on('message', receive);
  socket.on('ping', (data) => control(() => transport.isFull || socket.pong(data)));
  socket.on('pong', () => control(() => undefined));
  // The close event follows; there is nothing to do about a broken connection.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    current?.stop();
    clearTimeout(patience);
    clearTimeout(grace);
    advanced.unsubscribe();
  });
  transport.say(options.hello());

  function receive(data: RawData, isBinary: boolean): void {
    life.sign();
    if (socket.readyState !== socket.OPEN) return;
    const result = accept(data as Buffer, isBinary);
    if ('error' in result) refuse(result.error);
    else subscribe(result.message);
  }

  /** Control frames cost little, but a flood of them costs as much as any other, and its answers memory. */
  function control(answer: () => void): void {
    life.sign();
    if (socket.readyState !== socket.OPEN) return;
    if (spend()) answer();
    else close(1008, 'too many control frames');
  }

  function refuse(error: ErrorMessage): void {
    count.refused(error.code);
    transport.say(error);
    if (++mistakes >= MISTAKES) close(1008, 'too many errors');
  }

  function subscribe({ filters = {}, from, epoch, delivery = 'latest' }: Subscribe): void {
    clearTimeout(patience);
    for (const name of filters.streams ?? []) {
      if (options.isKnownStream(name)) continue;
      transport.say({ type: 'notice', code: 'unknown-stream', message: `There is no stream "${name}" at present` });
    }
    for (const label of filters.labels ?? []) {
      if (options.isKnownLabel(label)) continue;
      const message = `No class or group is called "${label}": it passes nothing`;
      transport.say({ type: 'notice', code: 'unknown-label', message });
    }
    const isOtherEpoch = from !== undefined && epoch !== undefined && epoch !== log.epoch;
    if (isOtherEpoch) transport.say({ type: 'gap', reason: 'epoch', epoch, from, to: null });
    const next = log.newest + 1;
    const position = Math.min(isOtherEpoch ? 1 : (from ?? current?.position ?? next), next);
    current?.stop();
    current = startDelivery({
      log,
      transport,
      filter: createFilter(filters, options.labelsWithin),
      mode: delivery,
      from: position,
      lagBytes: limits.lagBytes,
      onSent: (bytes) => count.sent(1, bytes),
      onCoalesced: count.coalesced,
      onTooSlow() {
        count.tooSlow();
        close(1013, 'too far behind; resume by seq');
      },
      onFailed(error) {
        count.failed(error);
        close(1011, 'the log cannot be read');
      },
    });
  }

  function beat(): void {
    if (!life.beat()) {
      socket.terminate();
      return;
    }
    socket.ping();
    if (transport.wasQuiet() && current?.isUpToDate) {
      transport.say({ type: 'live', seq: current.position - 1 });
      transport.wasQuiet();
    }
  }

  function close(code: number, reason: string): void {
    current?.stop();
    current = undefined;
    socket.close(code, reason);
    grace ??= setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
  }

  return { beat, notify: transport.say, close };
}
