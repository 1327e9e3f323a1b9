import type { Size } from '../types.ts';

/** The forms in which a stream's video can reach a viewer. `source`: its own packets; `transcoded`: H.264 made for viewers that cannot take those. */
export type Rendition = 'source' | 'transcoded' | 'jpeg';

/** What a decoder must know before the first access unit of a rendition, and again whenever it changes. */
export interface DecoderConfig {
  /** RFC 6381, as WebCodecs takes it: `avc1.42c01e`, `hev1.1.6.L93.B0`, `vp09.00.10.08`, `av01.0.04M.08`; FFmpeg's codec name where there is no such string (`mjpeg`). */
  readonly codec: string;
  /** Pixels as coded. */
  readonly coded: Size;
  /** Pixels as shown, the space of every box: after rotation and sample aspect ratio. */
  readonly display: Size;
  /** Clockwise degrees that turn the coded picture upright: 0, 90, 180 or 270. */
  readonly rotation: number;
}

/** The same of a stream, whose source may restart. */
export interface VideoConfig extends DecoderConfig {
  /** One uninterrupted run of the source: the `session` of its events. */
  readonly session: string;
  /** The source waits for the network: each frame gets its event, however late. */
  readonly lossless?: boolean;
}

/** One coded picture. H.264 and H.265 as Annex B with the parameter sets before every keyframe, VP9 and AV1 as they are. */
export interface AccessUnit {
  /** Microseconds of the source clock, the key of the frame. */
  readonly ptsUs: number;
  /** Whether decoding can begin here. */
  readonly key: boolean;
  /** Its bytes. */
  readonly data: Uint8Array;
}

/** The heat map of one track or class in one frame, as its few cells. */
export interface CellMap {
  /** What the track is called. */
  readonly label: string;
  /** The track it belongs to, where there is one. */
  readonly track?: number;
  /** Softmax probability, 0 to 1. */
  readonly score: number;
  /** Cells down. */
  readonly rows: number;
  /** Cells across. */
  readonly cols: number;
  /** Row by row; 0 is the least, 255 the most of this map's range. */
  readonly data: Uint8Array;
}
