import { z } from 'zod';
import { EVENT_TYPES, PROTOCOL_VERSION } from './constants.ts';

/** What a stream may be called: safe in URLs, file names and metric labels. */
export const STREAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const score = z.number().min(0).max(1);
const pair = z.tuple([z.number(), z.number()]);
const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** What a stream may be called. */
export const streamNameSchema = z.string().regex(STREAM_NAME);

/** Pixels. */
export const sizeSchema = z.object({ width: z.int().positive(), height: z.int().positive() });

/** Where a track is in its life. */
export const trackStateSchema = z.enum(['tentative', 'confirmed', 'lost', 'ended']);

/** A class, or a group of classes. */
export const classSchema = z.object({ label: z.string(), wnid: z.string(), classIndex: z.int().min(0) });

/** One class that the network holds possible for a track, and its softmax probability. */
export const classEvidenceSchema = classSchema.extend({ score });

/** A track in one frame, as run files and events carry it. */
export const trackSchema = z
  .object({
    id: z.int().min(1),
    label: z.string(),
    classIndex: z.int().min(0),
    wnid: z.string(),
    score: score.meta({ description: 'Softmax probability of the class, accumulated over the track.' }),
    box: box.meta({ description: '[x0, y0, x1, y1], pixels of the displayed frame, x1 and y1 exclusive.' }),
    boxNorm: box.meta({ description: 'The same divided by the frame size.' }),
    state: trackStateSchema,
    measured: z.boolean().meta({ description: 'Seen in this very frame; else predicted or interpolated.' }),
    peak: pair.meta({ description: '[x, y] of the strongest point, pixels.' }),
  })
  .meta({ id: 'Track' });

/** A track in an event of its own: also its velocity and what else it could be. */
export const trackDetailSchema = trackSchema
  .extend({
    velocity: pair.meta({ description: '[x, y] of the box centre, pixels per second.' }),
    evidence: z.array(classEvidenceSchema).min(1).meta({ description: 'Classes held possible, best first.' }),
  })
  .meta({ id: 'TrackDetail' });

/** Where a stream's source stands. */
export const streamStateSchema = z.enum(['connecting', 'live', 'stalled', 'reconnecting', 'ended', 'failed']);

const envelope = {
  v: z.literal(PROTOCOL_VERSION),
  seq: z.int().min(1).meta({ description: 'Rises by one for each event of a server; unique within its epoch.' }),
  stream: streamNameSchema,
  session: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'One uninterrupted run of the source; changes with each restart.' }),
  time: z.iso.datetime({ precision: 3 }).meta({ description: 'UTC, when the event was published.' }),
};
const noFrame = {
  pts: z.number().nullable(),
  ptsUs: z.int().nullable(),
};
const ofFrame = {
  pts: z.number().meta({ description: 'Seconds of the source clock.' }),
  ptsUs: z.int().meta({ description: 'Microseconds; the key of the frame, unique within a session.' }),
  size: sizeSchema,
};

/** A session has begun: its source is open. */
export const streamStartedSchema = z
  .object({
    ...envelope,
    type: z.literal('stream.started'),
    ...noFrame,
    size: sizeSchema,
    frameRate: z.number().positive().nullable(),
    live: z.boolean(),
  })
  .meta({ id: 'StreamStarted' });

/** A stream's source stands elsewhere now. */
export const streamStateEventSchema = z
  .object({
    ...envelope,
    type: z.literal('stream.state'),
    ...noFrame,
    state: streamStateSchema,
    reason: z.string().nullable(),
  })
  .meta({ id: 'StreamState' });

/** A track was confirmed. */
export const trackStartedSchema = z
  .object({ ...envelope, type: z.literal('track.started'), ...ofFrame, track: trackDetailSchema })
  .meta({ id: 'TrackStarted' });

/** A track moved. */
export const trackUpdatedSchema = z
  .object({ ...envelope, type: z.literal('track.updated'), ...ofFrame, track: trackDetailSchema })
  .meta({ id: 'TrackUpdated' });

/** A track is over. */
export const trackEndedSchema = z
  .object({
    ...envelope,
    type: z.literal('track.ended'),
    ...ofFrame,
    track: trackDetailSchema.meta({ description: 'The track as it was last seen.' }),
    labels: z
      .array(classSchema)
      .min(1)
      .max(16)
      .meta({ description: 'The classes the track was taken for, newest first.' }),
    startPts: z.number(),
    endPts: z.number(),
    duration: z.number().min(0).meta({ description: 'endPts - startPts, seconds.' }),
    bounds: box.meta({ description: 'Union of all boxes of the track, pixels.' }),
    boundsNorm: box,
    path: z
      .array(z.tuple([z.number(), z.number(), z.number()]))
      .min(1)
      .max(64)
      .meta({ description: '[pts, x, y] of the box centre, pixels; thinned evenly.' }),
    best: z.object({
      pts: z.number(),
      ptsUs: z.int(),
      score,
      box,
      boxNorm: box,
      crop: z
        .string()
        .nullable()
        .meta({ description: 'Path of the JPEG crop, relative to the address of this server, while it keeps it.' }),
    }),
  })
  .meta({ id: 'TrackEnded' });

/** All tracks of a frame. */
export const frameSchema = z
  .object({
    ...envelope,
    type: z.literal('frame'),
    ...ofFrame,
    frame: z.int().min(0).meta({ description: 'Counts the frames of the session from 0.' }),
    measured: z.boolean().meta({ description: 'The network saw this frame; else its boxes are predicted.' }),
    tracks: z.array(trackSchema),
  })
  .meta({ id: 'Frame' });

/** Every event. */
export const eventSchema = z.discriminatedUnion('type', [
  streamStartedSchema,
  streamStateEventSchema,
  trackStartedSchema,
  trackUpdatedSchema,
  trackEndedSchema,
  frameSchema,
]);

/** The name of an event's kind. */
export const eventTypeSchema = z.enum(EVENT_TYPES);

/** The name of an event's kind, e.g. `track.started`. */
export type EventType = z.infer<typeof eventTypeSchema>;
/** An event of a server. docs/protocol.md describes each kind. */
export type HeatboxEvent = z.infer<typeof eventSchema>;
/** The event of a kind. */
export type EventOf<T extends EventType> = Extract<HeatboxEvent, { type: T }>;
/** A track in one frame, as run files and events carry it. */
export type WireTrack = z.infer<typeof trackSchema>;
/** A track in an event of its own: also its velocity and what else it could be. */
export type WireTrackDetail = z.infer<typeof trackDetailSchema>;
/** A class, or a group of classes, in an event. */
export type WireClass = z.infer<typeof classSchema>;
/** Where a stream's source stands. */
export type StreamState = z.infer<typeof streamStateSchema>;

/** An event without what the log adds to it. */
export type Unnumbered<E> = E extends HeatboxEvent ? Omit<E, 'v' | 'seq' | 'time'> : never;
/** What a producer hands in: an event without what the log adds to it (version, number, time). */
export type EventDraft = Unnumbered<HeatboxEvent>;
