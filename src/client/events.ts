import { Observable } from 'rxjs';
import { HeatboxError } from '../error.ts';
import type { ErrorCode } from '../error-codes.ts';
import { socketUrl } from '../protocol/address.ts';
import { EVENT_TYPES, PROTOCOL_VERSION } from '../protocol/constants.ts';
import type { EventOf, EventType, HeatboxEvent } from '../protocol/events.ts';
import type {
  ControlMessage,
  ErrorMessage,
  Filters,
  Gap,
  Hello,
  Lag,
  Notice,
  Subscribe,
} from '../protocol/messages.ts';
import { type BackOff, backOff } from './back-off.ts';
import type { Connect, Connection, ConnectionEnd } from './connection.ts';

/** What to subscribe to, and how. */
export interface EventsOptions<T extends EventType = EventType> {
  /** What to get; by default every event but `frame`. */
  readonly filters?: Omit<Filters, 'types'> & { readonly types?: readonly T[] };
  /** First `seq` wanted; by default only what happens from now on. */
  readonly from?: number;
  /** The `epoch` that `from` was counted in, from an earlier `connected` notice. */
  readonly epoch?: string;
  /** What the server wants shown. If omitted, none is sent. */
  readonly token?: string;
  /** `latest` (default): when this client is slow, only the newest update of each track. `every`: all of them. */
  readonly delivery?: 'latest' | 'every';
  /** Hears of everything that is not an event: connections made and lost, gaps, lag. */
  readonly onNotice?: (notice: ConnectionNotice) => void;
  /** Pause before the first try to reconnect, doubled for each further one; default 500 ms up to 30 s, with jitter. */
  readonly retry?: BackOff;
}

/** What is not an event: connections made and lost, and what the server says of the subscription. */
export type ConnectionNotice =
  | { readonly type: 'connected'; readonly hello: Hello }
  | { readonly type: 'disconnected'; readonly reason: string; readonly retryMs: number }
  | { readonly type: 'live'; readonly seq: number }
  | Gap
  | Lag
  | Notice
  | ErrorMessage;

/** Subscribes to the events of a server. */
export type Events = <T extends EventType = EventType>(
  url: string,
  options?: EventsOptions<T>,
) => Observable<EventOf<T>>;

const RETRY = { firstMs: 500, longestMs: 30_000 };
const TYPES: ReadonlySet<string> = new Set(EVENT_TYPES);
/** Errors that the same subscription will get every time. */
const FINAL: ReadonlySet<ErrorMessage['code']> = new Set(['bad-json', 'bad-message', 'binary']);

/**
 * Makes `events` for a platform.
 *
 * The Observable connects when it is subscribed to and reconnects until it is unsubscribed. It goes on behind the last
 * event it saw, drops what comes twice, and so emits each event once and in order. It errors with a HeatboxError only
 * where trying again is useless: `CLIENT_REFUSED` when heatbox itself refuses the token, the path or the subscription,
 * `CLIENT_VERSION`, and `CLIENT_PROTOCOL` for a server that sends what is no event. A proxy's refusal and a close of any
 * code are tried again. One function, since all its parts share the connection and the place in the log.
 */
export function createEvents(connect: Connect): Events {
  return <T extends EventType>(url: string, options: EventsOptions<T> = {}) =>
    new Observable<EventOf<T>>((subscriber) => {
      const { filters, token, delivery, onNotice, retry = RETRY } = options;
      const address = eventsUrl(url);
      let connection: Connection | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let watchdog: ReturnType<typeof setInterval> | undefined;
      let failures = 0;
      let { epoch } = options;
      let next = options.from;
      let seen = 0;
      let silentTicks = 0;

      open();
      return () => {
        clearTimeout(timer);
        clearInterval(watchdog);
        connection?.close();
      };

      function open(): void {
        try {
          connection = connect(address, token, { message: receive, closed: lost });
        } catch (error) {
          fail('CLIENT_REFUSED', `The platform refuses to connect: ${(error as Error).message}`);
        }
      }

      function receive(text: string): void {
        silentTicks = 0;
        const message = parse(text);
        if (message === undefined) return;
        const field = faultOf(message);
        if (field !== undefined) {
          fail('CLIENT_PROTOCOL', `The server sent a ${message.type} message whose ${field} is missing or wrong`);
          return;
        }
        if (isEvent(message)) take(message);
        else if (message.type === 'hello') greet(message);
        else note(message);
      }

      function note(message: Exclude<ControlMessage, Hello>): void {
        if (message.type === 'live') {
          failures = 0;
          next = Math.max(next ?? 0, message.seq + 1);
        } else if (message.type === 'gap' && message.epoch === epoch && message.to !== null) {
          next = Math.max(next ?? 0, message.to + 1);
        }
        onNotice?.(message);
        // All that a client says is its subscription: a fault in it will be found again.
        if (message.type === 'error' && FINAL.has(message.code))
          fail('CLIENT_REFUSED', `The server refused the subscription: ${message.message}`);
      }

      function greet(hello: Hello): void {
        if (hello.v !== PROTOCOL_VERSION) {
          fail(
            'CLIENT_VERSION',
            `The server speaks version ${hello.v} of the protocol, this client ${PROTOCOL_VERSION}`,
          );
          return;
        }
        onNotice?.({ type: 'connected', hello });
        const subscribe: Subscribe = { type: 'subscribe', filters: filters as Filters, delivery, from: next, epoch };
        if (next === undefined) delete subscribe.epoch;
        connection?.send(JSON.stringify(subscribe));
        if (epoch !== undefined && epoch !== hello.epoch && next !== undefined) {
          next = 1;
          seen = 0;
        }
        epoch = hello.epoch;
        watch(hello.heartbeat * 1000);
      }

      function take(event: HeatboxEvent): void {
        if (event.seq <= seen) return;
        seen = event.seq;
        next = event.seq + 1;
        subscriber.next(event as EventOf<T>);
      }

      /**
       * A server is never silent for longer than its heartbeat: then the connection is dead, though nobody says so.
       * Counted in ticks, so that a busy or sleeping client does not take its own silence for the server's.
       */
      function watch(heartbeatMs: number): void {
        clearInterval(watchdog);
        watchdog = setInterval(() => {
          if (++silentTicks <= 5) return;
          connection?.close();
          lost({ code: undefined, reason: 'the server went silent' });
        }, heartbeatMs / 2);
      }

      function lost({ code, reason, final = false }: ConnectionEnd): void {
        clearInterval(watchdog);
        connection = undefined;
        if (final) {
          fail('CLIENT_REFUSED', `The server refused this client: ${reason || code}`);
          return;
        }
        const retryMs = backOff(failures++, retry);
        timer = setTimeout(open, retryMs);
        onNotice?.({ type: 'disconnected', reason: reason || `closed with ${code}`, retryMs });
      }

      function fail(code: ErrorCode, message: string): void {
        clearInterval(watchdog);
        connection?.close();
        subscriber.error(
          new HeatboxError(code, message, {
            value: withoutSecrets(address),
            hint: 'Check the address, the token and the filters.',
          }),
        );
      }
    });
}

/**
 * Returns the address of the events of a server: `http` becomes `ws`, and `/v1/events` is added to its path, whatever prefix
 * a proxy serves it under. An address that ends with `/v1/events` already is kept.
 *
 * @throws HeatboxError `CLIENT_URL`
 */
export function eventsUrl(text: string): string {
  try {
    const url = new URL(text);
    if (!/^(ws|http)s?:$/.test(url.protocol)) throw new Error('another protocol');
    const address = socketUrl(serverOf(url), EVENTS_PATH);
    address.search = url.search;
    return address.href;
  } catch {
    // Without the text and the cause, which repeats it: people put passwords into URLs.
    throw new HeatboxError('CLIENT_URL', 'The address of the server is not a URL that events can come from', {
      kind: 'usage',
      hint: 'It looks like http://127.0.0.1:8080 or wss://example.org/v1/events.',
    });
  }
}

const EVENTS_PATH = 'v1/events';

/** Returns the address of the server itself, given that or the address of its events. */
export function serverOf(events: string | URL): string {
  const url = new URL(events);
  url.protocol = url.protocol.replace('ws', 'http');
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/v1\/events\/?$/, '/');
  return url.href;
}

type Message = HeatboxEvent | ControlMessage;

function parse(text: string): Message | undefined {
  try {
    const message = JSON.parse(text) as Message;
    return typeof message?.type === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

const ENVELOPE = { stream: 'string', session: 'string', time: 'string' };
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  hello: { epoch: 'string', heartbeat: 'number', streams: 'object' },
  live: { seq: 'number' },
  gap: { epoch: 'string', from: 'number' },
  error: { message: 'string' },
  notice: { message: 'string' },
  'stream.started': { ...ENVELOPE, size: 'object' },
  'stream.state': { ...ENVELOPE, state: 'string' },
  'track.started': { ...ENVELOPE, pts: 'number', track: 'object' },
  'track.updated': { ...ENVELOPE, pts: 'number', track: 'object' },
  'track.ended': { ...ENVELOPE, pts: 'number', track: 'object' },
  frame: { ...ENVELOPE, pts: 'number', tracks: 'object' },
};

/** The first field without which a message cannot be read; undefined for a good message, or a type of the future. */
function faultOf(message: Message): string | undefined {
  const values = message as unknown as Record<string, unknown>;
  if (isEvent(message) && !(Number.isSafeInteger(values.seq) && message.seq > 0)) return 'seq';
  const fields = Object.entries(FIELDS[message.type] ?? {});
  return fields.find(([name, type]) => typeof values[name] !== type || values[name] === null)?.[0];
}

function isEvent(message: Message): message is HeatboxEvent {
  return TYPES.has(message.type);
}

/** An address without user, password and query. The redaction of all of heatbox is too large for a page. */
function withoutSecrets(address: string): string {
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}
