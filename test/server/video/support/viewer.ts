import { onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { openLog } from '../../../../src/events/log/log.ts';
import type { VideoConfig } from '../../../../src/protocol/video.ts';
import { type HubMessage, hubMessageSchema, type ViewerMessage } from '../../../../src/protocol/video-messages.ts';
import { decodeMessage, type WireMessage } from '../../../../src/protocol/video-units.ts';
import type { Limits } from '../../../../src/server/limits.ts';
import { createLogger } from '../../../../src/server/logger.ts';
import { createMetrics } from '../../../../src/server/metrics.ts';
import type { StreamServerOptions } from '../../../../src/server/server.ts';
import { createVideoHub, type VideoHub, type VideoHubOptions } from '../../../../src/server/video/hub.ts';
import type { VideoLimits } from '../../../../src/server/video/limits.ts';
import { type Served, serve } from '../../support/serve.ts';

export interface ServedVideo extends Served {
  readonly hub: VideoHub;
}

export interface ServeVideoOptions {
  readonly limits?: Partial<Limits & VideoLimits>;
  readonly streams?: readonly string[];
  readonly drawOverlay?: VideoHubOptions['drawOverlay'];
  readonly server?: Partial<StreamServerOptions>;
}

/** A server with a video hub on a free port, gone when the test is. */
export async function serveVideo({
  limits = {},
  streams = ['door'],
  drawOverlay = async (jpeg) => jpeg,
  server = {},
}: ServeVideoOptions = {}): Promise<ServedVideo> {
  const log = await openLog();
  const metrics = createMetrics();
  const logger = createLogger('silent');
  const hub = createVideoHub({ streams, log, metrics, logger, limits, drawOverlay });
  return { ...(await serve({ log, metrics, video: hub, streams, limits, ...server })), metrics, hub };
}

export const CONFIG: VideoConfig = {
  session: 's1',
  codec: 'avc1.42c01e',
  coded: { width: 320, height: 240 },
  display: { width: 320, height: 240 },
  rotation: 0,
};

export interface TestViewer {
  readonly socket: WebSocket;
  /** JSON and binary messages in the order they came. */
  readonly got: (HubMessage | WireMessage)[];
  readonly closed: Promise<{ code: number; reason: string }>;
  send(message: ViewerMessage | string): void;
  said<T extends HubMessage['type']>(type: T): Extract<HubMessage, { type: T }>[];
  binary(): WireMessage[];
  until(condition: () => boolean): Promise<void>;
}

/** A bare viewer that checks what it hears against the schema. */
export async function view(server: ServedVideo['server'], stream = 'door'): Promise<TestViewer> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/video/${stream}`, ['heatbox.v1']);
  socket.binaryType = 'arraybuffer';
  const got: (HubMessage | WireMessage)[] = [];
  const checks = new Set<() => void>();
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? decodeMessage(data as ArrayBuffer) : hubMessageSchema.parse(JSON.parse(String(data)));
    if (message === undefined) throw new Error('a malformed binary message');
    got.push(message);
    for (const check of checks) check();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('unexpected-response', (_, { statusCode }) => reject(new Error(`HTTP ${statusCode}`)));
  });
  onTestFinished(() => socket.terminate());
  return {
    socket,
    got,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    said: (type) => got.filter((message) => 'type' in message && message.type === type) as never,
    binary: () => got.filter((message) => 'kind' in message),
    until: (condition) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`waited in vain; last: ${inspect(got.at(-1))}`)), 20_000);
        const check = () => {
          if (!condition()) return;
          clearTimeout(late);
          checks.delete(check);
          resolve();
        };
        checks.add(check);
        check();
      }),
  };
}

function inspect(message: HubMessage | WireMessage | undefined): string {
  return message && 'kind' in message ? `${message.kind} ${message.ptsUs}` : JSON.stringify(message);
}
