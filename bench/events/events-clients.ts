/**
 * The clients of `bench/events/events.ts`: some that read and measure, some that subscribe and never read again. Talks to its
 * parent over IPC.
 */
import { WebSocket } from 'ws';
import { EVENT_TYPES } from '../../src/protocol/constants.ts';

export type ClientsCommand =
  /** In place of all clients before. */
  | { readonly type: 'connect'; readonly url: string; readonly count: number; readonly reading: boolean }
  | { readonly type: 'join'; readonly url: string; readonly count: number; readonly reading: boolean }
  | { readonly type: 'collect' }
  /** Lets those read who did not, and counts who is told that it was behind. */
  | { readonly type: 'wake' };

/** What the reading clients saw since they connected or were last asked. */
export interface ClientsReport {
  readonly events: number;
  /** Events that some reading client did not get, or got twice or late in the order. */
  readonly faults: number;
  readonly lags: number;
  /** Milliseconds from publishing to receiving: median, 95th and 99th percentile over all clients. */
  readonly delays: readonly [p50: number, p95: number, p99: number];
}

const sockets: WebSocket[] = [];
let delays: number[] = [];
let events = 0;
let faults = 0;
let lags = 0;

process.on('message', (command: ClientsCommand) => {
  if (command.type === 'collect') process.send?.(collect());
  else if (command.type === 'wake') void wake().then((told) => process.send?.(told));
  else void connect(command).then(() => process.send?.('connected'));
});
process.on('disconnect', () => process.exit());

async function connect({
  type,
  url,
  count,
  reading,
}: Extract<ClientsCommand, { type: 'connect' | 'join' }>): Promise<void> {
  if (type === 'connect') for (const socket of sockets.splice(0)) socket.terminate();
  sockets.push(...(await Promise.all(Array.from({ length: count }, () => open(url, reading)))));
  collect();
}

async function wake(): Promise<number> {
  const stalled = sockets.filter((socket) => socket.isPaused);
  for (const socket of stalled) socket.resume();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return lags;
}

function open(url: string, isReading: boolean): Promise<WebSocket> {
  const socket = new WebSocket(url, ['heatbox.v1'], { perMessageDeflate: false, skipUTF8Validation: true });
  let last = 0;
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', filters: { types: EVENT_TYPES } })));
    socket.on('message', (data) => {
      // Only what is needed is taken from the text: the clients share the processors with the server.
      const head = (data as Buffer).toString('latin1', 0, 240);
      const seq = /^\{"v":1,"seq":(\d+)/.exec(head);
      if (seq === null) {
        if (head.startsWith('{"type":"live"') && last === 0) {
          if (!isReading) socket.pause();
          resolve(socket);
        }
        if (head.startsWith('{"type":"lag"')) lags++;
        return;
      }
      const pts = Number(/"pts":([\d.]+)/.exec(head)?.[1]);
      delays.push(performance.timeOrigin + performance.now() - pts * 1000);
      events++;
      if (last > 0 && Number(seq[1]) !== last + 1) faults++;
      last = Number(seq[1]);
    });
  });
}

function collect(): ClientsReport {
  const sorted = Float64Array.from(delays).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const report: ClientsReport = { events, faults, lags, delays: [at(0.5), at(0.95), at(0.99)] };
  delays = [];
  [events, faults, lags] = [0, 0, 0];
  return report;
}
