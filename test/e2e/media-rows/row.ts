import type { AnnotateFileOptions } from '../../../pipelines/analysis.ts';
import { COCKATOO, SHORT } from '../../support/clips.ts';
import type { Stream } from '../../support/judge.ts';

/** One kind of source: how ffmpeg makes it, and what is to become of it. */
export interface Row {
  /** The source's file name; its extension chooses the container. */
  readonly file: string;
  /** Arguments of the ffmpeg command that makes it. */
  readonly make: readonly string[];
  /** More parts, which follow the first in the file. */
  readonly followedBy?: readonly (readonly string[])[];
  /** What is done to the file that ffmpeg has made. */
  readonly change?: (path: string) => void;
  /** Tells apart what `change` does. */
  readonly recipe?: string;
  /** What the judging ffmpeg must be told of the source. */
  readonly inputOptions?: readonly string[];
  /** Encoders that ffmpeg needs for it. */
  readonly needs?: readonly string[];
  /** Extension of the output; `.mp4` where absent. */
  readonly to?: string;
  readonly options?: Partial<AnnotateFileOptions>;
  /** Codes of the warnings, each one time. */
  readonly warnings?: readonly string[];
  /** Frames, where it is worth saying; else what ffmpeg decodes. */
  readonly frames?: number;
  /** The size of the upright picture, 160×90 where absent. */
  readonly display?: readonly [width: number, height: number];
  /** What happens to each audio track. */
  readonly audio?: readonly ('copied' | 'aac' | 'opus')[];
  /** What ffmpeg does to copied sound when it stores it in another container. */
  readonly soundFilter?: string;
  /** Codecs of the output's subtitle tracks. */
  readonly subtitles?: readonly string[];
  /** Whether everything moves so that the earliest stream starts at zero. */
  readonly shifted?: true;
  readonly timestamps?: 'computed';
  readonly chapters?: readonly (readonly [start: number, title: string])[];
  /** Of the file as a whole. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Of the streams after the video. */
  readonly languages?: readonly string[];
  /** Of all streams, as far as they have any. */
  readonly dispositions?: readonly (readonly string[])[];
  /** Codecs of the output's cover pictures and attachments. */
  readonly attached?: readonly string[];
  /** What the output's video stream must say. */
  readonly stream?: Partial<Stream>;
  /** The tags of its colours, where there are more than a limited range. */
  readonly colour?: Partial<Stream>;
  /** Least likeness of any frame to FFmpeg's own upright picture, in dB. */
  readonly likeness?: number;
}

export const small = ['-vf', 'scale=160:90,format=yuv420p'];
export const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10'];
/** A second of the cockatoo, 20 frames. */
export const second = ['-t', '1', '-i', COCKATOO];
/** The short sample, 36 frames, as it is. */
export const short = ['-i', SHORT, '-c', 'copy'];
export const silent = [...second, '-an', ...small];
