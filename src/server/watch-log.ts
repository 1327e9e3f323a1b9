import type { Logger } from 'pino';
import { type Subscription, skip } from 'rxjs';
import type { EventLog } from '../events/log/log.ts';
import type { Notice } from '../protocol/messages.ts';
import type { Metrics } from './metrics.ts';

export interface WatchLogOptions {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly notify: (notice: Notice) => void;
  /** Names of the streams that are to come. */
  readonly streams: readonly string[];
}

/** Counts what enters the log, and tells operators and clients when it can no longer be written, or can again. */
export function watchLog({ log, logger, metrics, notify, streams }: WatchLogOptions): Subscription {
  let next = log.newest + 1;
  metrics.log.newest.set(log.newest);
  metrics.log.degraded.set(log.health.value.state === 'degraded' ? 1 : 0);
  for (const stream of streams) metrics.streams.expect(stream);
  if (log.cut > 0) logger.warn({ bytes: log.cut }, 'an unfinished line was cut off the end of the log');

  const watching = log.advanced.subscribe((newest) => {
    for (; next <= newest; next++) {
      const event = log.get(next)?.event;
      if (event) metrics.log.events.inc({ stream: event.stream, type: event.type });
      if (event?.type === 'stream.state') metrics.streams.stands(event.stream, event.state);
    }
    metrics.log.newest.set(newest);
    metrics.log.refused.set(log.refused);
  });
  watching.add(
    log.health.pipe(skip(1)).subscribe((health) => {
      metrics.log.degraded.set(health.state === 'degraded' ? 1 : 0);
      if (health.state === 'degraded') {
        metrics.log.failures.inc();
        logger.error(health.error, health.error.message);
        const message = 'Events cannot be written to disk at present: a restart of the server would lose them';
        notify({ type: 'notice', code: 'log-degraded', message });
      } else {
        logger.info('events are written to disk again');
        notify({ type: 'notice', code: 'log-recovered', message: 'Events are written to disk again' });
      }
    }),
  );
  return watching;
}
