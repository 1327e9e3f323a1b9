import type { WarningCode } from '../error-codes.ts';
import type { Overlay } from '../overlay/index.ts';
import type { AccessUnit, DecoderConfig, Rendition } from '../protocol/video.ts';
import type { Slice } from '../threads/notes.ts';
import type { WireError } from '../threads/wire-error.ts';
import type { Box, MotionField, Size } from '../types.ts';
import type { Ratio } from './frames/av.ts';
import type { Stride } from './stride.ts';

/**
 * The messages between the main thread and a media host: main sends commands, the host sends events. All are plain data
 * that survive a structured clone, so that a host can live in a worker thread or in a child process.
 */

export interface OpenOptions {
  /** A file's path, an image sequence pattern (`frames/%04d.png`), or a URL. */
  readonly input: string;
  /** Seconds from the source's beginning, wherever its clock begins; frames before are not delivered. */
  readonly start?: number;
  /** Seconds after `start`, or after the first frame. */
  readonly duration?: number;
  /** FFmpeg's name of a hardware device type (`cuda`, `vaapi`, `videotoolbox`); absent: software. */
  readonly hwaccel?: string;
  /** Whether the decoder tells how the picture moved, where it can: for strides other than 1. */
  readonly vectors?: boolean;
  /** Decoder threads; FFmpeg chooses where absent. */
  readonly threads?: number;
  /** How RTSP brings its packets; `tcp` where absent. */
  readonly transport?: 'tcp' | 'udp';
  /** Tell of what is done, with `slices`; of hosts in a thread. */
  readonly profile?: boolean;
}

/** What colours the numbers of a picture stand for. */
export interface Colour {
  /** FFmpeg's names, as `tv`, `bt709`, `smpte2084`; `unknown` where the source does not say. */
  readonly range: string;
  /** How luma and chroma are made of red, green and blue. */
  readonly matrix: string;
  /** Which red, green and blue. */
  readonly primaries: string;
  /** From light to numbers. */
  readonly transfer: string;
}

/** What heatbox sees in a source's video. */
export interface VideoInfo {
  /** Of its stream in the container. */
  readonly index: number;
  /** FFmpeg's name, e.g. `h264`. */
  readonly codec: string;
  /** FFmpeg's name, e.g. `yuv420p`. */
  readonly pixelFormat: string;
  /** Bits per sample. */
  readonly bitDepth: number;
  /** Pixels as coded, before rotation and sample aspect ratio. */
  readonly coded: Size;
  /** Pixels as shown: the space of every box. */
  readonly display: Size;
  /** Clockwise degrees that turn the coded picture upright: 0, 90, 180 or 270. */
  readonly rotation: number;
  /** Whether the coded picture must also be mirrored. */
  readonly mirrored: boolean;
  /** Width of a pixel over its height. */
  readonly sampleAspectRatio: Ratio;
  /** Frames per second. */
  readonly frameRate: Ratio;
  /** Seconds per tick of the container's clock. */
  readonly timeBase: Ratio;
  /** From the container, where it says. */
  readonly frameCount?: number;
  /** Its colours. */
  readonly colour: Colour;
  /** Whether frames are made of two fields. */
  readonly interlaced: boolean;
  /** `container`: pts as stored; `computed`: counted from the frame rate, since the container has none. */
  readonly timestamps: 'container' | 'computed';
}

/** A stream of the container. */
export interface StreamInfo {
  /** Its place in the container. */
  readonly index: number;
  /** What it carries. */
  readonly type: 'video' | 'audio' | 'subtitle' | 'data' | 'attachment' | 'unknown';
  /** FFmpeg's name. */
  readonly codec: string;
  /** ISO 639-2, if the container says. */
  readonly language?: string;
  /** If the container says. */
  readonly title?: string;
}

/** A chapter of the container. */
export interface Chapter {
  /** Seconds of the source clock. */
  readonly start: number;
  /** Seconds of the source clock. */
  readonly end: number;
  /** Empty if it has none. */
  readonly title: string;
}

/** What a source is. */
export interface SourceInfo {
  /** As given, without user name and password. */
  readonly input: string;
  /** FFmpeg's name, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
  /** Seconds, where the container says. */
  readonly duration?: number;
  /** Bits per second, where known. */
  readonly bitRate?: number;
  /** The video stream that is localised. */
  readonly video: VideoInfo;
  /** All streams, in their order. */
  readonly streams: readonly StreamInfo[];
  /** In their order; usually none. */
  readonly chapters: readonly Chapter[];
  /** Of the container: title, date and so on. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** How annotated frames are encoded. */
export interface OutputOptions {
  /** The file to write; the caller renames it when all is done. */
  readonly path: string;
  /** FFmpeg's muxer name, as `mp4`. */
  readonly format: string;
  /** FFmpeg's name, e.g. `libx264`. */
  readonly encoder: string;
  /** Constant quality, on the encoder's own scale. */
  readonly crf: number;
  /** The encoder's preset. Defaults to what heatbox chooses for it. */
  readonly preset?: string;
  /** Encoder threads; 0 lets the encoder choose. */
  readonly threads: number;
}

export interface StartOptions {
  /**
   * Where the model inputs go: `slots` pictures of RGB bytes, rows top down; where the stride is not 1, as many more for
   * the pictures before them. Absent: they come with the frame events.
   */
  readonly pool?: SharedArrayBuffer;
  readonly slots: number;
  readonly inputSize: Size;
  readonly stride: Stride;
  /** Seconds that `auto` lets pass between two frames that the network sees. */
  readonly interval: number;
  /** Frames that may be under way at once, decoded and not yet given back. */
  readonly credits: number;
  readonly output?: OutputOptions;
  /** Keeps full frames until they are given back also without an output, so that crops can be taken of them. */
  readonly keepFrames?: boolean;
  /**
   * In a child process alone. `latest`: the source brings frames at its own pace, and those for which no credit is left are
   * skipped. `lossless`, the default: it waits.
   */
  readonly policy?: 'latest' | 'lossless';
}

export type HostCommand =
  | { readonly type: 'open'; readonly options: OpenOptions }
  /** The pieces of FFmpeg's description of the input, as they came through its log. */
  | { readonly type: 'described'; readonly pieces: readonly string[] }
  | { readonly type: 'start'; readonly options: StartOptions }
  /** Draw on a frame and encode it; in the order of the frames. Gives the frame back. */
  | { readonly type: 'annotate'; readonly index: number; readonly overlay: Overlay }
  /** A part of a frame under way as JPEG; the box in display pixels. Answered by a `crop` of the same id. */
  | { readonly type: 'crop'; readonly id: number; readonly index: number; readonly box: Box }
  /** Give a frame back without encoding it. */
  | { readonly type: 'release'; readonly index: number }
  /** The renditions to pass on from now on. */
  | { readonly type: 'demand'; readonly renditions: readonly Rendition[] }
  /** Decode no more; what was decoded is finished as usual. */
  | { readonly type: 'stop' }
  /** Every frame was given back: flush the encoder and close the file. */
  | { readonly type: 'finish' }
  /** Drop everything and leave. */
  | { readonly type: 'abort' };

/** What a media host did. */
export interface HostTotals {
  /** Frames. */
  readonly decoded: number;
  /** Frames. */
  readonly encoded: number;
  /** Bytes of the output. */
  readonly bytes: number;
}

/** What a live source passes on of its video beside the frames, and what it left out. */
export type VideoEvent =
  /** Before the first unit of a rendition, and before the keyframe with which anything in it changes. */
  | { readonly type: 'config'; readonly rendition: 'source' | 'transcoded'; readonly config: DecoderConfig }
  /** In decode order. */
  | ({ readonly type: 'unit'; readonly rendition: 'source' | 'transcoded' } & AccessUnit)
  /** A whole frame, upright, JPEG. */
  | { readonly type: 'picture'; readonly ptsUs: number; readonly jpeg: Uint8Array }
  /** Frames that were decoded and not delivered. */
  | { readonly type: 'skipped'; readonly reason: 'behind' | 'order'; readonly count: number };

export type HostEvent =
  | VideoEvent
  | { readonly type: 'opened'; readonly info: SourceInfo }
  | {
      readonly type: 'frame';
      readonly index: number;
      readonly pts: number;
      readonly ptsUs: number;
      /** The slot of the model input, or the input itself; absent on frames that the network is not to see. */
      readonly slot?: number;
      readonly input?: Uint8Array;
      /** Seconds of the picture before, which has the same slot among the others, or is here itself. */
      readonly glimpsePts?: number;
      readonly glimpse?: Uint8Array;
      readonly motion?: MotionField;
      readonly display: Size;
      /** When its packet had arrived, milliseconds since the epoch; of live sources. */
      readonly receivedAt?: number;
    }
  /** The source is alive, though perhaps no frame of it could be delivered; at most twice a second. */
  | { readonly type: 'alive' }
  /** A line of FFmpeg's own, redacted; of hosts in a child process. */
  | { readonly type: 'log'; readonly level: number; readonly message: string }
  /** Without `jpeg` where the frame was not kept or the picture could not be made. */
  | { readonly type: 'crop'; readonly id: number; readonly jpeg?: Uint8Array }
  | { readonly type: 'slices'; readonly slices: readonly Slice[] }
  | { readonly type: 'ended' }
  | { readonly type: 'warning'; readonly code: WarningCode; readonly message: string }
  | { readonly type: 'finished'; readonly totals: HostTotals }
  | { readonly type: 'failed'; readonly error: WireError };
