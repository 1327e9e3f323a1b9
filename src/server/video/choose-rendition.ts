import type { Rendition } from '../../protocol/video.ts';
import type { Watch } from '../../protocol/video-messages.ts';

export interface Choice {
  readonly rendition: Rendition;
  /** In plain words, for the person who watches. */
  readonly reason: string;
}

const NAMES: Readonly<Record<string, string>> = {
  avc1: 'H.264',
  avc3: 'H.264',
  hev1: 'H.265',
  hvc1: 'H.265',
  vp8: 'VP8',
  vp09: 'VP9',
  av01: 'AV1',
  mjpeg: 'MJPEG',
  mpeg2video: 'MPEG-2',
};

/** Two spellings of one thing: whether parameter sets lie in the stream or beside it, which Annex B does not care for. */
const SAME: Readonly<Record<string, string>> = { avc3: 'avc1', hvc1: 'hev1' };

/** What video of a stream there is, by codec: RFC 6381 or FFmpeg's name. */
export interface Codecs {
  /** Undefined while nobody knows it. */
  readonly source: string | undefined;
  /** Of the H.264 that is made of it; undefined before any was. */
  readonly transcoded: string | undefined;
}

/**
 * Chooses what a viewer gets, the source's own video where it can decode that.
 *
 * @returns undefined where the answer has to wait for the source
 */
export function chooseRendition({ source, transcoded }: Codecs, { decodes, refuses = [] }: Watch): Choice | undefined {
  const able = new Set(decodes.map(kindOf));
  if (able.size === 0) return { rendition: 'jpeg', reason: 'The viewer decodes no video, so it gets single pictures.' };
  if (source === undefined) return undefined;
  const takes = (codec: string) => able.has(kindOf(codec)) && !refuses.includes(codec);
  const name = NAMES[source.split('.', 1)[0]!] ?? source;
  if (takes(source)) return { rendition: 'source', reason: `The source's own ${name}, not encoded again.` };
  const what = refuses.includes(source) ? `this kind of ${name} (${source})` : name;
  if (takes(transcoded ?? 'avc1'))
    return { rendition: 'transcoded', reason: `The viewer cannot decode ${what}, so the server converts it.` };
  return { rendition: 'jpeg', reason: `The viewer can decode neither ${what} nor H.264, so it gets single pictures.` };
}

function kindOf(codec: string): string {
  const kind = codec.split('.', 1)[0]!;
  return SAME[kind] ?? kind;
}
