import { table } from './option.ts';

/** Which events are printed, and how. */
export const eventsOptions = table({
  streams: { type: 'list', words: 'only these streams', absent: 'all' },
  types: {
    type: 'list',
    form: 'types',
    words: 'only these event types, e.g. track.started,track.ended',
    absent: 'all but frame',
  },
  labels: { type: 'list', words: 'only tracks of these classes', absent: 'all' },
  minScore: { type: 'number', range: [0, 1], words: 'only tracks of at least this score', absent: 'all' },
  region: {
    type: 'text',
    form: 'x0,y0,x1,y1',
    words: 'only tracks whose box reaches into this part of the frame, 0 to 1',
    absent: 'everywhere',
  },
  maxRate: {
    type: 'number',
    range: [0.01, 1000],
    unit: 'per second',
    words: 'at most this many updates of a track per second',
    absent: 'all',
  },
  from: {
    type: 'integer',
    form: 'seq',
    range: [1, Number.MAX_SAFE_INTEGER],
    words: 'start with this event, as far as the log reaches back',
    absent: 'only new events',
  },
  every: { type: 'switch', words: 'every update and frame, even if this reader is slow' },
  format: {
    type: 'text',
    form: 'format',
    words: 'ndjson or pretty',
    absent: 'pretty on a terminal, else ndjson',
  },
});

/** The signature of a picture's address. */
export const signOptions = table({
  for: { type: 'span', words: 'how long it holds: seconds, or hours:minutes:seconds', absent: 'a day' },
});

/** What is written of a recording, and how. */
export const exportOptions = table({
  format: { type: 'text', form: 'name', required: true, words: 'ndjson, csv, mot, coco or webvtt' },
  output: { type: 'text', form: 'file', short: 'o', words: 'the file to write', absent: 'stdout' },
  stream: { type: 'text', form: 'name', words: 'which stream, if the log has several' },
  session: { type: 'text', form: 'id', words: 'which session, if the stream has several' },
});

/** The tracker on its own. */
export const trackOptions = table({
  detections: {
    type: 'text',
    form: 'file',
    required: true,
    words: 'the detections, in MOT format: frame,id,left,top,width,height,score per line',
  },
  size: {
    type: 'text',
    form: 'WxH',
    words: 'size of the frames in pixels',
    absent: 'that of ../seqinfo.ini, or as far as the boxes reach',
  },
  frameRate: {
    type: 'number',
    range: [0.001, 1e5],
    unit: 'per second',
    words: 'frames per second',
    absent: 'that of ../seqinfo.ini, or 30',
  },
  output: { type: 'text', form: 'file', short: 'o', words: 'the tracks, in the same format', absent: 'stdout' },
  live: {
    type: 'switch',
    words: 'use only earlier frames for each frame; otherwise gaps are filled and boxes smoothed from both sides',
  },
});
