import { askAccess } from '../../../src/client/ask-access.ts';
import { backOff } from '../../../src/client/back-off.ts';
import { socketUrl } from '../../../src/protocol/address.ts';
import { subprotocols } from '../../../src/protocol/subprotocols.ts';
import type { HubMessage, ViewerMessage } from '../../../src/protocol/video-messages.ts';
import { decodeMessage, type WireMessage } from '../../../src/protocol/video-units.ts';

export interface VideoSocketOptions {
  /** The server, as `https://host:port` or `https://host/prefix/`. */
  readonly server: string;
  readonly stream: string;
  readonly token: string | undefined;
  /** Connected: the time to say what is wanted. */
  onOpen(): void;
  onControl(message: HubMessage): void;
  onBinary(message: WireMessage): void;
  /** Lost, or never come about; it tries again by itself after `retryMs`. `why` are the server's words, if it has any. */
  onLost(retryMs: number, why: string): void;
  /** Over for good: the stream has ended, or the server does not want this viewer. */
  onEnded(reason: string): void;
}

export interface VideoSocket {
  send(message: ViewerMessage): void;
  /** Milliseconds to add to this machine's clock to get the server's; undefined until they have talked. */
  readonly clockOffset: number | undefined;
  close(): void;
}

const RETRY = { firstMs: 300, longestMs: 10_000 };
const CLOCK_MS = 5_000;
/** The server answers at once; whoever is silent for so long is gone. */
const SILENT_MS = 12_000;

/**
 * Holds a connection to `/v1/video/<stream>`; after it is lost, connects again with growing pauses.
 *
 * One function of more than a page: every handler concerns the one connection of the moment.
 */
export function openVideoSocket(options: VideoSocketOptions): VideoSocket {
  const { server, stream, token } = options;
  const url = socketUrl(server, `v1/video/${encodeURIComponent(stream)}`);
  let socket: WebSocket | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let heardAt = 0;
  let clockOffset: number | undefined;
  let shortestTrip = Number.POSITIVE_INFINITY;

  open();
  const clock = setInterval(() => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (performance.now() - heardAt > SILENT_MS) lost();
    else askClock();
  }, CLOCK_MS);

  function open(): void {
    const own = new WebSocket(url, subprotocols(token));
    let wasOpen = false;
    own.binaryType = 'arraybuffer';
    own.onopen = () => {
      wasOpen = true;
      heardAt = performance.now();
      askClock();
      options.onOpen();
    };
    own.onmessage = ({ data }) => receive(data);
    own.onclose = async ({ code, reason }) => {
      if (code === 1000 || code === 1008) end(reason);
      else if (wasOpen) lost();
      else {
        const { status, words } = await askAccess(server, token);
        if (socket !== own) return;
        if (status === 401 || status === 403) end(words);
        else lost(words);
      }
    };
    socket = own;
  }

  function receive(data: unknown): void {
    heardAt = performance.now();
    if (data instanceof ArrayBuffer) {
      failures = 0;
      const message = decodeMessage(data);
      if (message) options.onBinary(message);
      return;
    }
    const message = JSON.parse(String(data)) as HubMessage;
    if (message.type === 'clock') learnClock(message.at, message.now);
    else options.onControl(message);
  }

  function askClock(): void {
    send({ type: 'clock', at: performance.now() });
  }

  /** The shortest round trip says it best (Cristian's algorithm). */
  function learnClock(at: number, serverNow: number): void {
    const back = performance.now();
    const trip = back - at;
    if (trip > shortestTrip + 1) return;
    shortestTrip = trip;
    clockOffset = serverNow + trip / 2 - (performance.timeOrigin + back);
  }

  function detach(): void {
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    socket = undefined;
  }

  function lost(why = ''): void {
    detach();
    const retryMs = backOff(failures++, RETRY);
    shortestTrip = Number.POSITIVE_INFINITY;
    retry = setTimeout(open, retryMs);
    options.onLost(retryMs, why);
  }

  function end(reason: string): void {
    close();
    options.onEnded(reason);
  }

  function send(message: ViewerMessage): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function close(): void {
    clearTimeout(retry);
    clearInterval(clock);
    detach();
  }

  return {
    send,
    get clockOffset() {
      return clockOffset;
    },
    close,
  };
}
