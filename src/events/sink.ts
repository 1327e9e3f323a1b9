import { firstValueFrom, fromEvent, takeUntil } from 'rxjs';
import type { EventLog } from './log/log.ts';
import type { Replayed } from './log/replay.ts';

/**
 * Carries events somewhere else: a broker, a webhook, a database. It reads the log at its own pace (`follow`), so it
 * can neither slow the pipeline down nor miss an event that the log still holds, and knows by `seq` where to go on.
 * Resolves when the signal aborts or the log is closed; rejects when it gives up.
 *
 * @example
 * const print: EventSink = async (log, signal) => {
 *   for await (const piece of follow(log, log.newest + 1, signal))
 *     if (piece.kind === 'entries') for (const { event } of piece.entries) console.log(event.type);
 * };
 */
export type EventSink = (log: EventLog, signal: AbortSignal) => Promise<void>;

/** The log from a number on and then as it grows, piece by piece, until the signal aborts or the log is closed. */
export async function* follow(log: EventLog, from: number, signal: AbortSignal): AsyncGenerator<Replayed> {
  let next = from;
  for (;;) {
    const { newest } = log;
    for await (const piece of log.replay(next, newest)) {
      if (signal.aborted) return;
      yield piece;
    }
    next = Math.max(next, newest + 1);
    if (signal.aborted) return;
    if (newest < log.newest) continue;
    const growing = log.advanced.pipe(takeUntil(fromEvent(signal, 'abort')));
    const grown = await firstValueFrom(growing, { defaultValue: undefined });
    if (grown === undefined) return;
  }
}
