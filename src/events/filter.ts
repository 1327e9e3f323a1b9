import { EVENT_TYPES } from '../protocol/constants.ts';
import type { EventType, HeatboxEvent, WireClass, WireTrack } from '../protocol/events.ts';
import type { Filters } from '../protocol/messages.ts';

/**
 * Says of an event what a subscriber gets of it: the event itself, the event with fewer tracks (only `frame`), or
 * undefined for nothing.
 */
export type EventFilter = (event: HeatboxEvent) => HeatboxEvent | undefined;

/** WordNet ids of all that goes under a label beside the label itself, as those of every dog under `dog`. */
export type LabelsWithin = (label: string) => readonly string[];

/** What a subscriber gets who names no types: `frame` repeats what the track events say. */
const DEFAULT_TYPES: readonly EventType[] = EVENT_TYPES.filter((type) => type !== 'frame');

/**
 * Makes the filter of one subscription. All but `maxRate` looks at the event alone, so that a resumed subscription gets
 * what an undisturbed one would have; `maxRate` goes by the events' own times. `track.ended` passes wherever an earlier
 * event of its track could have passed: by its best score, by every class it was taken for, by the union of its boxes.
 *
 * @param labelsWithin - Without it, a label is itself alone.
 */
export function createFilter(filters: Filters, labelsWithin: LabelsWithin = () => []): EventFilter {
  const streams = filters.streams && new Set(filters.streams);
  const types = new Set(filters.types ?? DEFAULT_TYPES);
  const selects = trackSelector(filters, labelsWithin);
  const tooSoon = rateLimit(filters.maxRate);

  return (event) => {
    if (!types.has(event.type) || (streams && !streams.has(event.stream))) return undefined;
    if (event.type === 'stream.started' || event.type === 'stream.state') return event;
    if (event.type === 'frame') {
      if (tooSoon(event)) return undefined;
      if (!selects) return event;
      const tracks = event.tracks.filter((track) => selects([track], track.score, track.boxNorm));
      return tracks.length === event.tracks.length ? event : { ...event, tracks };
    }
    if (event.type === 'track.ended') {
      const passes = !selects || selects(event.labels, event.best.score, event.boundsNorm);
      return passes ? event : undefined;
    }
    const { track } = event;
    if (selects && !selects([track], track.score, track.boxNorm)) return undefined;
    return event.type === 'track.updated' && tooSoon(event) ? undefined : event;
  };
}

/** What makes two events successive values of one thing: the track of an update, the stream of a frame. */
export function coalesceKey(event: HeatboxEvent): string | undefined {
  if (event.type === 'track.updated') return `${event.stream}/${event.session}/${event.track.id}`;
  return event.type === 'frame' ? `${event.stream}/${event.session}` : undefined;
}

type TrackSelector = (
  classes: readonly Pick<WireClass, 'label' | 'wnid'>[],
  score: number,
  box: WireTrack['box'],
) => boolean;

function trackSelector({ labels, minScore, region }: Filters, labelsWithin: LabelsWithin): TrackSelector | undefined {
  if (!labels && minScore === undefined && !region) return undefined;
  const wanted = labels && new Set(labels.flatMap((label) => [label.toLowerCase(), ...labelsWithin(label)]));
  return (classes, score, box) =>
    (!wanted || classes.some(({ label, wnid }) => wanted.has(wnid) || wanted.has(label.toLowerCase()))) &&
    (minScore === undefined || score >= minScore) &&
    (!region || (box[0] < region[2] && box[2] > region[0] && box[1] < region[3] && box[3] > region[1]));
}

/** A millisecond of play, since event times are whole milliseconds: 25 frames a second are not thinned to 24. */
const PLAY = 1;

function rateLimit(maxRate: number | undefined): (event: HeatboxEvent) => boolean {
  if (maxRate === undefined) return () => false;
  const interval = 1000 / maxRate - PLAY;
  const last = new Map<string, number>();
  return (event) => {
    const key = coalesceKey(event) as string;
    const time = Date.parse(event.time);
    const before = last.get(key);
    if (before !== undefined && time >= before && time - before < interval) return true;
    last.delete(key);
    last.set(key, time);
    if (last.size > 4096) last.delete(last.keys().next().value as string);
    return false;
  };
}
