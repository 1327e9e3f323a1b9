import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { version } from '../files/version.ts';
import { EVENT_TYPES } from '../protocol/constants.ts';
import { type StreamState, streamStateSchema } from '../protocol/events.ts';

/**
 * The metrics of a server, in Prometheus' conventions: `heatbox_` in front, base units, `_total` behind what only grows,
 * streams by name. The pipeline counts into `pipeline`, the rest is the server's own.
 *
 * One function of more than a page: it is a list.
 */
export function createMetrics() {
  const registers = [new Registry()] as const;
  collectDefaultMetrics({ register: registers[0] });
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `heatbox_${name}`, help, labelNames: [...labelNames], registers: [...registers] });
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name: `heatbox_${name}`, help, labelNames: [...labelNames], registers: [...registers] });
  const histogram = <L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) =>
    new Histogram<L>({
      name: `heatbox_${name}`,
      help,
      buckets,
      labelNames: [...labelNames],
      registers: [...registers],
    });

  const streamUp = gauge('stream_up', '1 while frames of the stream come, else 0.', ['stream']);
  const streamState = gauge('stream_state', '1 for the state the stream is in, 0 for the others.', ['stream', 'state']);
  gauge('build_info', 'Always 1; the labels say what runs.', ['version', 'node']).set(
    { version, node: process.version },
    1,
  );

  const metrics = {
    registry: registers[0],
    streams: {
      /** Says at once what of a stream is to be counted, so that a rate has its zero to start from. */
      expect(stream: string): void {
        const { pipeline, log, video } = metrics;
        for (const counter of [pipeline.framesDecoded, pipeline.framesAnalysed, pipeline.streamRestarts])
          counter.inc({ stream }, 0);
        for (const reason of DROPPED) pipeline.framesDropped.inc({ stream, reason }, 0);
        for (const type of EVENT_TYPES) log.events.inc({ stream, type }, 0);
        for (const counter of [video.sentBytes, video.skipped, video.stalled]) counter.inc({ stream }, 0);
        metrics.streams.stands(stream, 'connecting');
      },
      stands(stream: string, state: StreamState): void {
        streamUp.set({ stream }, state === 'live' ? 1 : 0);
        for (const other of streamStateSchema.options)
          streamState.set({ stream, state: other }, other === state ? 1 : 0);
      },
    },
    pipeline: {
      framesDecoded: counter('frames_decoded_total', 'Frames decoded.', ['stream']),
      framesAnalysed: counter('frames_analysed_total', 'Frames the network ran on.', ['stream']),
      framesDropped: counter(
        'frames_dropped_total',
        'Frames that should have been analysed and were not, by reason. Those the stride leaves out are in none.',
        ['stream', 'reason'],
      ),
      streamRestarts: counter('stream_restarts_total', 'Times the source was opened anew.', ['stream']),
      batchSize: histogram('batch_size_frames', 'Frames per run of the network.', [1, 2, 4, 8, 16, 32]),
      stageSeconds: histogram(
        'stage_duration_seconds',
        'Time a frame takes in one stage.',
        [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
        ['stream', 'stage'],
      ),
      queueDepth: gauge('queue_depth_frames', 'Frames that wait in front of a stage.', ['stage']),
    },
    log: {
      events: counter('events_published_total', 'Events put into the log.', ['stream', 'type']),
      newest: gauge('log_newest_seq', 'Sequence number of the newest event.'),
      refused: gauge('log_refused_events', 'Events refused since the start because the disk could not keep up.'),
      degraded: gauge('log_degraded', '1 while events cannot be written to disk.'),
      failures: counter('log_degradations_total', 'Times that writing to disk began to fail.'),
    },
    video: {
      viewers: gauge('video_viewers', 'Viewers that are sent video, by what they get.', ['stream', 'rendition']),
      sentBytes: counter('video_sent_bytes_total', 'Bytes of video sent to all viewers together.', ['stream']),
      skipped: counter('video_skipped_units_total', 'Access units and pictures that slow viewers did not get.', [
        'stream',
      ]),
      stalled: counter('video_viewers_stalled_total', 'Viewers closed for reading nothing.', ['stream']),
    },
    clients: {
      connected: gauge('clients', 'WebSocket clients connected.'),
      accepted: counter('client_connections_total', 'WebSocket clients accepted.'),
      refused: counter('client_refusals_total', 'Requests refused, by HTTP status.', ['status']),
      sentEvents: counter('sent_events_total', 'Events sent to all clients together.'),
      sentBytes: counter('sent_bytes_total', 'Bytes of events sent to all clients together.'),
      coalesced: counter('coalesced_events_total', 'Updates and frames that slow clients did not get.'),
      tooSlow: counter('clients_too_slow_total', 'Clients closed for being too far behind.'),
      errors: counter('client_errors_total', 'Error messages sent to clients.', ['code']),
    },
  };
  return metrics;
}

/** `busy`: the network was. `behind`: this process was. `order`: they came after a later one. */
const DROPPED = ['busy', 'behind', 'order'] as const;

/** The metrics of a server, as {@link createMetrics} makes them. */
export type Metrics = ReturnType<typeof createMetrics>;
