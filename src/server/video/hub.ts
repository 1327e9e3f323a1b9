import type { Logger } from 'pino';
import type { EventLog } from '../../events/log/log.ts';
import type { Http } from '../http.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { Metrics } from '../metrics.ts';
import type { Upgrades } from '../upgrades.ts';
import { type Channel, createChannel } from './channel.ts';
import type { VideoFeed } from './feed.ts';
import { DEFAULT_VIDEO_LIMITS, type VideoLimits } from './limits.ts';
import type { DrawOverlay } from './routes.ts';
import { addPictureRoutes } from './routes.ts';
import { serveViewer } from './viewer.ts';

export interface VideoHubOptions {
  /** Streams whose viewers are let in before there is any video. */
  readonly streams: readonly string[];
  /** Where the boxes for `snapshot.jpg?overlay=1` come from. */
  readonly log: EventLog;
  readonly drawOverlay: DrawOverlay;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits?: Partial<Limits & VideoLimits>;
}

/** The live video of a server's streams, between their producers and those who watch. */
export interface VideoHub {
  /** Where the producer of a stream puts its video. A second call for a stream that was closed opens it anew. */
  feed(stream: string): VideoFeed;
  /** Called by the server: adds `/v1/video/<stream>` and the pictures over HTTP. */
  serve(app: Http, route: Upgrades['route']): void;
  /** Says goodbye to every viewer. */
  close(): void;
}

const TICK_MS = 1000;

/** Makes the hub; give it to `startServer` as `video`. It has a timer until it is closed. */
export function createVideoHub(options: VideoHubOptions): VideoHub {
  const { streams, log, drawOverlay, logger, metrics } = options;
  const limits = { ...DEFAULT_LIMITS, ...DEFAULT_VIDEO_LIMITS, ...options.limits };
  const channels = new Map<string, Channel>();
  let addRoute: Upgrades['route'] | undefined;
  for (const stream of streams) channelOf(stream);
  const ticking = setInterval(() => {
    for (const channel of channels.values()) channel.tick();
  }, TICK_MS);

  function channelOf(stream: string): Channel {
    const present = channels.get(stream);
    if (present) return present;
    const channel = createChannel(limits.gopBytes);
    channels.set(stream, channel);
    if (addRoute) routeTo(stream, channel);
    return channel;
  }

  function routeTo(stream: string, channel: Channel): void {
    addRoute?.(`/v1/video/${stream}`, (socket, _, request) => {
      const from = request.socket.remoteAddress;
      const viewer = serveViewer(socket, {
        limits,
        onWatch(wish) {
          seat.watch(wish);
          countViewers(stream, channel);
        },
        onPause() {
          seat.pause();
          countViewers(stream, channel);
        },
        onClosed() {
          seat.leave();
          countViewers(stream, channel);
          logger.debug({ from, stream }, 'viewer gone');
        },
        onSent: (bytes) => metrics.video.sentBytes.inc({ stream }, bytes),
        onSkipped: (units) => metrics.video.skipped.inc({ stream }, units),
        onStalled: () => metrics.video.stalled.inc({ stream }),
      });
      const seat = channel.join(viewer);
      logger.debug({ from, stream }, 'viewer connected');
    });
  }

  function countViewers(stream: string, channel: Channel): void {
    for (const rendition of ['source', 'transcoded', 'jpeg'] as const)
      metrics.video.viewers.set({ stream, rendition }, channel.count(rendition));
  }

  return {
    feed(stream) {
      const channel = channelOf(stream);
      channel.open();
      return channel.feed;
    },
    serve(app, route) {
      addRoute = route;
      for (const [stream, channel] of channels) routeTo(stream, channel);
      addPictureRoutes(app, { log, drawOverlay, channelOf: (stream) => channels.get(stream) });
    },
    close() {
      clearInterval(ticking);
      for (const channel of channels.values()) channel.close(1001, 'the server is stopping');
    },
  };
}
