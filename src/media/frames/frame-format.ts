import { AV_FRAME_FLAG_INTERLACED, type AVPixelFormat } from 'node-av/constants';
import { avGetPixFmtName, type Frame } from 'node-av/lib';
import type { FilterInput } from './filter-pipe.ts';

/** What a filter graph must know of the frames it is given. */
export function filterInputOf(frame: Frame): FilterInput {
  return {
    width: frame.width,
    height: frame.height,
    format: frame.format as AVPixelFormat,
    timeBase: { num: 1, den: 1_000_000 },
    sampleAspectRatio: { num: frame.sampleAspectRatio.num, den: frame.sampleAspectRatio.den || 1 },
    colorSpace: frame.colorSpace,
    colorRange: frame.colorRange,
  };
}

/** Whether a graph built for `a` takes the frames of `b`. */
export function sameInput(a: FilterInput, b: FilterInput): boolean {
  return (
    a.width === b.width &&
    a.height === b.height &&
    a.format === b.format &&
    a.colorSpace === b.colorSpace &&
    a.colorRange === b.colorRange &&
    a.sampleAspectRatio.num * b.sampleAspectRatio.den === b.sampleAspectRatio.num * a.sampleAspectRatio.den
  );
}

/** Whether a frame consists of two fields, each of every other row. */
export function isInterlaced(frame: Frame): boolean {
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) !== 0;
}

/** What the names of FFmpeg's pixel formats say. */
interface PixelFormat {
  readonly name: string;
  readonly bitDepth: number;
  readonly rgb: boolean;
}

/**
 * Reads a pixel format's name: a depth above 8 is part of it (`yuv420p10le`, `p010le`, `gbrp12le`, `gray16le`, `rgb48le`,
 * `x2rgb10le`), and so is the colour model.
 */
export function pixelFormat(format: AVPixelFormat): PixelFormat {
  const name = avGetPixFmtName(format) ?? 'unknown';
  const rgb = /^(x2)?(a?rgb|a?bgr|0rgb|0bgr|rgb0|bgr0|gbr|pal8|mono)/.test(name);
  const packed = /^[pyx]v?[0-9]?([01]1[026])(le|be)$/.exec(name)?.[1];
  const named = /(?:p|gray|x2rgb|x2bgr|f)(9|10|12|14|16|32)(?:le|be)$/.exec(name)?.[1];
  const depth =
    packed !== undefined ? Number(packed) : named !== undefined ? Number(named) : /48|64/.test(name) ? 16 : 8;
  return { name, bitDepth: depth, rgb };
}
