import { fromEvent, takeUntil } from 'rxjs';
import { type ConnectionNotice, events } from '../../client/node.ts';
import { HeatboxError } from '../../error.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { EVENT_TYPES } from '../../protocol/constants.ts';
import { eventSchema, type HeatboxEvent } from '../../protocol/events.ts';
import { filtersSchema } from '../../protocol/messages.ts';
import { nearest } from '../../text/nearest.ts';
import { visible } from '../../text/visible.ts';
import { note } from '../terminal/report.ts';

export type EventsFlags = FlagsOf<'events'>;

/** `heatbox events`: prints events, reconnecting as long as it takes, until a signal or until nobody reads its output. */
export async function runEvents(url: string, flags: EventsFlags): Promise<void> {
  const filters = filtersOf(flags);
  const print = printer(flags.format ?? (process.stdout.isTTY ? 'pretty' : 'ndjson'));
  const token = flags.token ?? process.env.HEATBOX_TOKEN;
  const options = {
    filters,
    onNotice: sayNotice,
    ...(flags.from === undefined ? {} : { from: flags.from }),
    ...(flags.every ? { delivery: 'every' as const } : {}),
    ...(token === undefined ? {} : { token }),
  };
  await new Promise<void>((resolve, reject) => {
    events(url, options)
      .pipe(takeUntil(fromEvent(process, 'SIGINT')), takeUntil(fromEvent(process, 'SIGTERM')))
      .subscribe({ next: (event) => print(checked(event)), error: reject, complete: resolve });
  });
}

function filtersOf({ streams, types, labels, minScore, region, maxRate }: EventsFlags) {
  for (const type of types ?? []) {
    if ((EVENT_TYPES as readonly string[]).includes(type)) continue;
    const near = nearest(type, EVENT_TYPES);
    throw new HeatboxError('BAD_VALUE', `--types "${type}" is no event type`, {
      kind: 'usage',
      value: type,
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The types are ${EVENT_TYPES.join(', ')}.`,
    });
  }
  const given = { streams, types, labels, minScore, maxRate, region: region?.split(',').map(Number) };
  const result = filtersSchema.safeParse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HeatboxError('BAD_VALUE', `--${issue?.path.join('.')}: ${issue?.message}`, {
    kind: 'usage',
    hint: 'See heatbox events --help.',
  });
}

/** @throws HeatboxError `CLIENT_PROTOCOL` */
function checked(event: HeatboxEvent): HeatboxEvent {
  const { error } = eventSchema.safeParse(event);
  if (error === undefined) return event;
  const [issue] = error.issues;
  throw new HeatboxError(
    'CLIENT_PROTOCOL',
    `The server sent a ${event.type} event with a bad ${issue?.path.join('.')}`,
    {
      value: event.seq,
      cause: error,
      hint: 'Use a heatbox of the same version as the server, or --format ndjson.',
    },
  );
}

function printer(format: string): (event: HeatboxEvent) => void {
  if (format === 'ndjson') return (event) => void process.stdout.write(`${visible(JSON.stringify(event))}\n`);
  if (format === 'pretty') return (event) => void process.stdout.write(`${visible(pretty(event))}\n`);
  throw new HeatboxError('BAD_VALUE', `--format "${format}" is neither ndjson nor pretty`, {
    kind: 'usage',
    value: format,
    hint: 'Give ndjson or pretty.',
  });
}

function pretty(event: HeatboxEvent): string {
  const head = `${event.time.slice(11, 23)} ${event.stream.padEnd(12)} ${event.type.padEnd(14)}`;
  switch (event.type) {
    case 'stream.started':
      return `${head} ${event.size.width}×${event.size.height}${event.frameRate === null ? '' : ` ${event.frameRate.toFixed(2)} fps`}`;
    case 'stream.state':
      return `${head} ${event.state}${event.reason === null ? '' : `: ${event.reason}`}`;
    case 'frame':
      return `${head} ${event.pts.toFixed(3)} s, ${event.tracks.length} ${event.tracks.length === 1 ? 'track' : 'tracks'}${event.measured ? '' : ', predicted'}`;
    case 'track.ended':
      return `${head} #${event.track.id} ${event.track.label}, ${event.duration.toFixed(2)} s`;
    default: {
      const { id, label, score, box } = event.track;
      return `${head} #${id} ${label} ${(score * 100).toFixed(0)}% [${box.map((side) => side.toFixed(0)).join(' ')}]`;
    }
  }
}

function sayNotice(notice: ConnectionNotice): void {
  const text = describe(notice);
  if (text !== undefined) note(text);
}

function describe(notice: ConnectionNotice): string | undefined {
  switch (notice.type) {
    case 'connected':
      return `connected; streams: ${notice.hello.streams.map(({ name, state, reason }) => `${name} (${state}${reason ? `: ${reason}` : ''})`).join(', ')}`;
    case 'disconnected':
      return `disconnected (${notice.reason}); trying again in ${(notice.retryMs / 1000).toFixed(1)} s`;
    case 'gap':
      return `gap: events ${notice.from} to ${notice.to ?? '?'} are gone (${notice.reason})`;
    case 'lag': {
      const { from, to, dropped } = notice;
      return `too slow: ${dropped['track.updated']} updates and ${dropped.frame} frames between ${from} and ${to} were left out`;
    }
    case 'notice':
      return notice.message;
    case 'error':
      return `the server says: ${notice.message}`;
    default:
      return undefined;
  }
}
