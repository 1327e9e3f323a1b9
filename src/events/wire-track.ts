import type { WireTrack, WireTrackDetail } from '../protocol/events.ts';
import type { Box, Label, Size, Track } from '../types.ts';

/** Finds the label of a class index. */
export type LabelOf = (classIndex: number) => Label;

type WireBox = WireTrack['box'];

/** The track as run files and events carry it: pixels to a hundredth, normalised boxes to a millionth, scores to 1e-4. */
export function wireTrack(track: Track, size: Size, labelOf: LabelOf): WireTrack {
  const label = nameOf(track, labelOf);
  return {
    id: track.id,
    label: label.name,
    classIndex: track.classIndex,
    wnid: label.wnid,
    score: round(track.score, 1e4),
    box: wireBox(track.box),
    boxNorm: normaliseBox(track.box, size),
    state: track.state,
    measured: track.measured,
    peak: [round(track.peak.x, 100), round(track.peak.y, 100)],
  };
}

/** `wireTrack` with velocity and evidence, for the events of a single track. */
export function wireTrackDetail(track: Track, size: Size, labelOf: LabelOf): WireTrackDetail {
  const evidence = track.evidence?.length ? track.evidence : [track];
  return {
    ...wireTrack(track, size, labelOf),
    velocity: [round(track.velocity.x, 100), round(track.velocity.y, 100)],
    evidence: evidence.map(({ classIndex, score }) => {
      const { name, wnid } = labelOf(classIndex);
      return { label: name, wnid, classIndex, score: round(score, 1e4) };
    }),
  };
}

/** The name and WordNet id a track goes by: its group's, or its class's. */
export function nameOf(
  { group, classIndex }: Pick<Track, 'group' | 'classIndex'>,
  labelOf: LabelOf,
): Pick<Label, 'name' | 'wnid'> {
  return group ?? labelOf(classIndex);
}

export function wireBox(box: Box): WireBox {
  return [round(box[0], 100), round(box[1], 100), round(box[2], 100), round(box[3], 100)];
}

export function normaliseBox(box: Box, { width, height }: Size): WireBox {
  return [
    round(box[0] / width, 1e6),
    round(box[1] / height, 1e6),
    round(box[2] / width, 1e6),
    round(box[3] / height, 1e6),
  ];
}

export function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}
