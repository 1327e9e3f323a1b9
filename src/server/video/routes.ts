import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { EventLog } from '../../events/log/log.ts';
import type { EventOf } from '../../protocol/events.ts';
import { STREAM_NAME } from '../../protocol/events.ts';
import type { Http } from '../http.ts';
import type { Channel, Picture } from './channel.ts';
import { frameEventOf } from './frame-event.ts';

/** Draws the boxes of a frame into its JPEG, which may be smaller than the frame, and returns another one. */
export type DrawOverlay = (jpeg: Uint8Array, frame: EventOf<'frame'>) => Promise<Uint8Array>;

export interface PictureRoutes {
  readonly log: EventLog;
  readonly drawOverlay: DrawOverlay;
  readonly channelOf: (stream: string) => Channel | undefined;
}

interface StreamRequest {
  Params: { stream: string };
  Querystring: Readonly<Record<string, string | string[]>>;
}

/** A picture is made only when somebody asks for it, so that the first one takes a moment. */
const PICTURE_MS = 5_000;
/** The network may take its time with a frame. */
const BOXES_MS = 2_000;
/** A reader of `stream.mjpeg` that is further behind than this misses pictures. */
const AHEAD_BYTES = 512 * 1024;
const BOUNDARY = 'heatbox-picture';

/** Adds `/v1/streams/:stream/snapshot.jpg` and `/v1/streams/:stream/stream.mjpeg`, with `?overlay=1` for the boxes. */
export function addPictureRoutes(app: Http, { log, drawOverlay, channelOf }: PictureRoutes): void {
  app.get<StreamRequest>('/v1/streams/:stream/snapshot.jpg', async (request, reply) => {
    const { stream } = request.params;
    const query = readQuery(request.query);
    if (typeof query === 'string') return misunderstood(reply, query);
    const channel = openChannel(stream);
    if (!channel) return reply.callNotFound();
    const picture = await nextPicture(channel);
    if (!picture) return unavailable(reply, 'The stream has no picture at present');
    reply.type('image/jpeg').header('x-heatbox-pts-us', picture.ptsUs).header('x-heatbox-session', picture.session);
    if (!query.overlay) return reply.send(picture.data);
    const frame = await frameEventOf(log, stream, picture, BOXES_MS);
    if (!frame) return unavailable(reply, 'The boxes of this picture did not come in time');
    return reply.send(await drawOverlay(picture.data, frame));
  });

  app.get<StreamRequest>('/v1/streams/:stream/stream.mjpeg', (request, reply) => {
    const { stream } = request.params;
    const query = readQuery(request.query);
    if (typeof query === 'string') return misunderstood(reply, query);
    const channel = openChannel(stream);
    if (!channel) return reply.callNotFound();
    const body = new PassThrough({ highWaterMark: AHEAD_BYTES });
    const write = (jpeg: Uint8Array) => {
      if (body.destroyed || body.writableNeedDrain) return;
      body.write(`--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
      body.write(Buffer.from(jpeg));
      body.write('\r\n');
    };
    const leave = channel.takePictures(query.overlay ? drawn(stream, write) : ({ data }) => write(data));
    body.on('close', leave);
    reply.raw.on('close', () => body.destroy());
    return reply.type(`multipart/x-mixed-replace; boundary=${BOUNDARY}`).send(body);
  });

  /** Draws the boxes into pictures, in order; those that come while one waits for its boxes or is drawn are left out. */
  function drawn(stream: string, write: (jpeg: Uint8Array) => void): (picture: Picture) => void {
    let isBusy = false;
    return async (picture) => {
      if (isBusy) return;
      isBusy = true;
      const data = Buffer.from(picture.data);
      try {
        const frame = await frameEventOf(log, stream, picture, BOXES_MS);
        if (frame) write(await drawOverlay(data, frame));
      } catch {
        // A picture that cannot be drawn on is one that is missing.
      } finally {
        isBusy = false;
      }
    };
  }

  function openChannel(stream: string): Channel | undefined {
    const channel = STREAM_NAME.test(stream) ? channelOf(stream) : undefined;
    return channel?.isOpen ? channel : undefined;
  }
}

/** Parameters that a page may add so that no cache answers; signatures have been looked at before. */
const IGNORED = new Set(['_', 't', 'expires', 'signature']);

/** @returns what is asked for, or what is wrong with it */
function readQuery(query: StreamRequest['Querystring']): { readonly overlay: boolean } | string {
  const { overlay = '0', ...others } = query;
  const unknown = Object.keys(others).find((name) => !IGNORED.has(name));
  if (unknown !== undefined)
    return `There is no parameter "${unknown.slice(0, 50)}": a picture takes overlay=0 or overlay=1`;
  if (overlay === '0' || overlay === '1') return { overlay: overlay === '1' };
  return `overlay is 0 or 1, not "${String(overlay).slice(0, 50)}"`;
}

function misunderstood(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(400).type('application/json').send({ error: 'bad-request', message });
}

/** The next JPEG of a stream, asked for by this very question; undefined where none comes. */
function nextPicture(channel: Channel): Promise<Picture | undefined> {
  return new Promise((resolve) => {
    const late = setTimeout(() => settle(undefined), PICTURE_MS);
    const leave = channel.takePictures((picture) => settle({ ...picture, data: Buffer.from(picture.data) }));

    function settle(picture: Picture | undefined): void {
      clearTimeout(late);
      leave();
      resolve(picture);
    }
  });
}

function unavailable(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(503).header('retry-after', '1').type('application/json').send({ error: 'unavailable', message });
}
