import {
  AV_FRAME_FLAG_INTERLACED,
  AV_FRAME_FLAG_TOP_FIELD_FIRST,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV420P10LE,
  AV_PIX_FMT_YUV444P,
  AVCOL_RANGE_MPEG,
  AVCOL_RANGE_UNSPECIFIED,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_SPC_UNSPECIFIED,
  type AVColorRange,
  type AVColorSpace,
  type AVPixelFormat,
} from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { Size } from '../../types.ts';
import type { Warn } from '../warn-once.ts';
import type { DisplayTransform } from './display-transform.ts';
import { type FilterInput, type FilterPipe, filterPipe } from './filter-pipe.ts';
import { filterInputOf, isInterlaced, pixelFormat, sameInput } from './frame-format.ts';

/** Makes decoded frames upright, square-pixelled and, for an encoder, 4:2:0 of even size. */
interface DisplayStage {
  /** Takes the frame over and returns one to use in its place. */
  run(frame: Frame): Frame;
  close(): void;
}

/** What to do about frames that are not like the first. */
interface MidStream {
  readonly transformOf: (frame: Frame) => DisplayTransform;
  readonly warn: Warn;
}

/**
 * A picture that changes its size in mid-stream is fitted into that of the first, with black bars where its shape differs.
 *
 * @param first - Of the source's first frame: all frames come out in its display size.
 * @param output - The pixel format to encode, or undefined where frames are only analysed.
 * @param midStream - Absent where all frames are known to be like the first.
 */
export function displayStage(
  first: DisplayTransform,
  output: AVPixelFormat | undefined,
  { transformOf, warn }: MidStream = { transformOf: () => first, warn: () => {} },
): DisplayStage {
  let current: { input: FilterInput; transform: DisplayTransform; pipe: FilterPipe | undefined } | undefined;
  let colours: Colours | undefined;
  return {
    run(frame) {
      const input = filterInputOf(frame);
      const transform = transformOf(frame);
      if (current === undefined || !sameInput(current.input, input) || !sameTurn(current.transform, transform)) {
        current?.pipe?.close();
        const filters = filtersFor(frame, transform, first.display, output, colours);
        current = { input, transform, pipe: filters.length === 0 ? undefined : filterPipe(input, filters) };
        if (!sameSize(transform.display, first.display)) {
          const [to, from] = [transform, first].map(({ display }) => `${display.width}×${display.height}`);
          warn(
            'SIZE_CHANGED',
            `the picture changes from ${from} to ${to} in mid-stream; it is fitted into the first size`,
          );
        }
      }
      const upright = current.pipe === undefined ? frame : throughPipe(current.pipe, frame);
      turnFields(upright, transform);
      colours ??= coloursOf(upright);
      return upright;
    },
    close: () => current?.pipe?.close(),
  };
}

function throughPipe(pipe: FilterPipe, frame: Frame): Frame {
  try {
    return pipe.run(frame);
  } finally {
    frame.free();
  }
}

/** Turned on its side, a picture has no fields any more; turned over, its other one is at the top. */
function turnFields(frame: Frame, { rotation }: DisplayTransform): void {
  if (!isInterlaced(frame)) return;
  if (rotation === 90 || rotation === 270) frame.clearFlags(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
  else if (rotation === 180 && frame.height % 2 === 0) frame.flags ^= AV_FRAME_FLAG_TOP_FIELD_FIRST;
}

/**
 * The format that keeps the source's bit depth: 8 bit, or 10 for all that is deeper. A single picture keeps its colours, and so
 * any size.
 */
export function encodedFormat(frame: Frame, isPicture = false): AVPixelFormat {
  if (isPicture) return AV_PIX_FMT_YUV444P;
  return pixelFormat(frame.format as AVPixelFormat).bitDepth > 8 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
}

function filtersFor(
  frame: Frame,
  { display: own, rotation, filters: turns }: DisplayTransform,
  display: Size,
  output: AVPixelFormat | undefined,
  colours: Colours | undefined,
): string[] {
  const picture = fitInto(own, display);
  if (output === undefined && sameSize(picture, display)) return [...turns];
  const upright = rotation === 90 || rotation === 270 ? { width: frame.height, height: frame.width } : frame;
  const format = pixelFormat(frame.format as AVPixelFormat);
  const target = output === undefined ? 'yuv444p' : pixelFormat(output).name;
  // RGB has no matrix of its own: what becomes of it is BT.709, limited range, and is tagged so.
  const rgb = format.rgb || frame.colorSpace === AVCOL_SPC_RGB;
  const wanted = colours ?? BT709;
  const recoloured = rgb || (colours !== undefined && !sameColours(coloursOf(frame), colours));
  const matrix = recoloured ? `:out_color_matrix=${wanted.space}:out_range=${wanted.range}` : '';
  const canvas =
    output === undefined || output === AV_PIX_FMT_YUV444P
      ? display
      : { width: even(display.width), height: even(display.height) };
  const filters = [...turns];
  const convert = (to: string) =>
    // The fields of interlaced pictures are scaled each for itself.
    filters.push(`scale=${picture.width}:${picture.height}:flags=bicubic:interl=-1${matrix}`, `format=${to}`);
  if (!sameSize(picture, canvas)) {
    // With chroma of half the size, borders cannot have any width.
    convert(output === AV_PIX_FMT_YUV420P10LE ? 'yuv444p10le' : 'yuv444p');
    filters.push(
      `pad=${canvas.width}:${canvas.height}:${barOf(display.width, picture.width)}:${barOf(display.height, picture.height)}`,
    );
    if (!sameSize(display, canvas)) {
      const [right, bottom] = [canvas.width - display.width, canvas.height - display.height];
      filters.push(`fillborders=right=${right}:bottom=${bottom}:mode=smear`);
    }
    if (target !== 'yuv444p') filters.push('scale=flags=bicubic:interl=-1', `format=${target}`);
  } else if (!sameSize(picture, upright) || recoloured || format.name !== target) convert(target);
  // A flip only turns the order of the rows round in memory, and some decoders give them so: neither can be drawn on.
  if (filters.at(-1) === 'vflip' || (filters.length === 0 && frame.linesize[0]! < 0)) filters.push('copy');
  if (filters.length > 0) filters.push('setsar=1');
  return filters;
}

/** What makes of numbers a colour. */
interface Colours {
  readonly space: AVColorSpace;
  readonly range: AVColorRange;
}

const BT709: Colours = { space: AVCOL_SPC_BT709, range: AVCOL_RANGE_MPEG };

/** A frame that says nothing counts as BT.601 of limited range, as in FFmpeg's own conversions. */
function coloursOf({ colorSpace, colorRange }: Frame): Colours {
  return {
    space: colorSpace === AVCOL_SPC_UNSPECIFIED ? AVCOL_SPC_BT470BG : colorSpace,
    range: colorRange === AVCOL_RANGE_UNSPECIFIED ? AVCOL_RANGE_MPEG : colorRange,
  };
}

function sameColours(a: Colours, b: Colours): boolean {
  return a.space === b.space && a.range === b.range;
}

/** The largest size of a picture's shape that has room. */
function fitInto(picture: Size, room: Size): Size {
  const scale = Math.min(room.width / picture.width, room.height / picture.height);
  const side = (length: number, limit: number) => Math.min(limit, Math.max(1, Math.round(length * scale)));
  return { width: side(picture.width, room.width), height: side(picture.height, room.height) };
}

function barOf(room: number, picture: number): number {
  return Math.floor((room - picture) / 2);
}

function sameTurn(a: DisplayTransform, b: DisplayTransform): boolean {
  return a.rotation === b.rotation && a.mirrored === b.mirrored;
}

export function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function even(length: number): number {
  return length + (length % 2);
}
