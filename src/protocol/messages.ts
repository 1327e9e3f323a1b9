import { z } from 'zod';
import { PROTOCOL_VERSION } from './constants.ts';
import { eventSchema, eventTypeSchema, sizeSchema, streamNameSchema, streamStateSchema } from './events.ts';

const seq = z.int().min(0);
const unit = z.number().min(0).max(1);

/** What passes a subscription; what is left out does not filter. */
export const filtersSchema = z
  .strictObject({
    streams: z.array(streamNameSchema).min(1).max(64).optional(),
    types: z.array(eventTypeSchema).min(1).max(16).optional().meta({ description: 'Default: all but `frame`.' }),
    labels: z
      .array(z.string().min(1).max(128))
      .min(1)
      .max(256)
      .optional()
      .meta({ description: 'Label names (any case) or WordNet ids.' }),
    minScore: unit.optional(),
    region: z
      .tuple([unit, unit, unit, unit])
      .refine(([x0, y0, x1, y1]) => x0 < x1 && y0 < y1, 'must be [x0, y0, x1, y1] with x0 < x1 and y0 < y1')
      .optional()
      .meta({ description: '[x0, y0, x1, y1], normalised to the frame; boxes that touch it pass.' }),
    maxRate: z
      .number()
      .positive()
      .max(1000)
      .optional()
      .meta({ description: '`track.updated` a second and track, `frame` a second and stream.' }),
  })
  .meta({ id: 'Filters' });

/** What a client asks for. */
export const subscribeSchema = z
  .strictObject({
    type: z.literal('subscribe'),
    filters: filtersSchema.optional(),
    from: z.int().min(1).optional().meta({ description: 'First seq wanted; left out: only what comes from now on.' }),
    epoch: z.string().min(1).max(64).optional().meta({ description: 'The epoch `from` was counted in.' }),
    delivery: z.enum(['latest', 'every']).optional().meta({ description: 'Default: latest.' }),
  })
  .meta({ id: 'Subscribe' });

/** Everything a client may send. */
export const clientMessageSchema = subscribeSchema;

/** The first thing that a server sends. */
export const helloSchema = z
  .object({
    type: z.literal('hello'),
    v: z.literal(PROTOCOL_VERSION),
    server: z.string().meta({ description: 'Differs for each start of a server.' }),
    epoch: z.string(),
    streams: z.array(
      z.object({
        name: streamNameSchema,
        state: streamStateSchema,
        reason: z.string().optional().meta({ description: 'Why it is in this state, for people.' }),
        session: z.string().nullable(),
        size: sizeSchema.nullable(),
      }),
    ),
    oldest: seq.meta({ description: 'Lowest seq that can be replayed; newest + 1 where there is none.' }),
    newest: seq.meta({ description: 'Highest seq so far; 0 where there is none.' }),
    heartbeat: z.number().positive().meta({ description: 'Seconds; the server is never silent for longer.' }),
  })
  .meta({ id: 'Hello' });

/** Events that were asked for and are gone. */
export const gapSchema = z
  .object({
    type: z.literal('gap'),
    reason: z.enum(['expired', 'missing', 'epoch']),
    epoch: z.string().meta({ description: 'The epoch that from and to belong to.' }),
    from: seq,
    to: seq.nullable().meta({ description: 'Inclusive; null where nobody knows.' }),
  })
  .meta({ id: 'Gap' });

/** The replay is over: from here on events come as they happen. */
export const liveSchema = z
  .object({
    type: z.literal('live'),
    seq: seq.meta({ description: 'All up to here that passes the filters has been sent.' }),
  })
  .meta({ id: 'Live' });

/** What a slow client did not get. */
export const lagSchema = z
  .object({
    type: z.literal('lag'),
    from: seq,
    to: seq,
    dropped: z.object({ 'track.updated': z.int().min(0), frame: z.int().min(0) }),
  })
  .meta({ id: 'Lag' });

/** What a client should know, though nothing is wrong with it. */
export const noticeSchema = z
  .object({
    type: z.literal('notice'),
    code: z.enum(['log-degraded', 'log-recovered', 'unknown-stream', 'unknown-label']),
    message: z.string(),
  })
  .meta({ id: 'Notice' });

/** What is wrong with a message of the client. */
export const errorSchema = z
  .object({
    type: z.literal('error'),
    code: z.enum(['bad-json', 'bad-message', 'binary', 'rate-limited', 'too-many-subscriptions']),
    message: z.string(),
  })
  .meta({ id: 'Error' });

/** Everything a server sends that is not an event. */
export const controlMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  gapSchema,
  liveSchema,
  lagSchema,
  noticeSchema,
  errorSchema,
]);

/** Everything a server sends. */
export const serverMessageSchema = z.union([eventSchema, controlMessageSchema]);

/** What passes a subscription; what is left out does not filter. */
export type Filters = z.infer<typeof filtersSchema>;
/** What a client asks for. */
export type Subscribe = z.infer<typeof subscribeSchema>;
/** The first thing that a server sends. */
export type Hello = z.infer<typeof helloSchema>;
/** Events that were asked for and are gone. */
export type Gap = z.infer<typeof gapSchema>;
/** What a slow client did not get. */
export type Lag = z.infer<typeof lagSchema>;
/** What a client should know, though nothing is wrong with it. */
export type Notice = z.infer<typeof noticeSchema>;
/** What is wrong with a message of the client. */
export type ErrorMessage = z.infer<typeof errorSchema>;
/** Everything that a server sends beside events. */
export type ControlMessage = z.infer<typeof controlMessageSchema>;
/** Everything that a server sends. */
export type ServerMessage = z.infer<typeof serverMessageSchema>;
