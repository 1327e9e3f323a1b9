import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AVCOL_SPC_RGB, type AVPixelFormat } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { Size } from '../types.ts';
import type { DisplayTransform } from './display-transform.ts';
import { type FilterPipe, filterPipe } from './filter-pipe.ts';
import { filterInputOf, pixelFormat, sameInput } from './frame-format.ts';

/** Makes decoded frames upright, square-pixelled and, for an encoder, 4:2:0 of even size. */
export interface DisplayStage {
  /** Takes the frame over and returns one to use in its place. */
  run(frame: Frame): Frame;
  close(): void;
}

/** What to do about frames that are not like the first. */
export interface MidStream {
  readonly transformOf: (frame: Frame) => DisplayTransform;
  readonly warn: (code: string, message: string) => void;
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
  let current: { input: ReturnType<typeof filterInputOf>; pipe: FilterPipe | undefined } | undefined;
  return {
    run(frame) {
      const input = filterInputOf(frame);
      if (current === undefined || !sameInput(current.input, input)) {
        current?.pipe?.close();
        const transform = transformOf(frame);
        const filters = filtersFor(frame, transform, first.display, output);
        current = { input, pipe: filters.length === 0 ? undefined : filterPipe(input, filters) };
        if (!sameSize(transform.display, first.display)) {
          const [to, from] = [transform, first].map(({ display }) => `${display.width}×${display.height}`);
          warn(
            'SIZE_CHANGED',
            `the picture changes from ${from} to ${to} in mid-stream; it is fitted into the first size`,
          );
        }
      }
      if (current.pipe === undefined) return frame;
      try {
        return current.pipe.run(frame);
      } finally {
        frame.free();
      }
    },
    close: () => current?.pipe?.close(),
  };
}

/** The format that keeps the source's bit depth: 8 bit, or 10 for all that is deeper. */
export function encodedFormat(frame: Frame): AVPixelFormat {
  return pixelFormat(frame.format as AVPixelFormat).bitDepth > 8 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
}

function filtersFor(
  frame: Frame,
  { display: own, rotation, filters: turns }: DisplayTransform,
  display: Size,
  output: AVPixelFormat | undefined,
): string[] {
  const picture = fitInto(own, display);
  if (output === undefined && sameSize(picture, display)) return [...turns];
  const upright = rotation === 90 || rotation === 270 ? { width: frame.height, height: frame.width } : frame;
  const format = pixelFormat(frame.format as AVPixelFormat);
  const target = output === undefined ? 'yuv444p' : pixelFormat(output).name;
  // RGB has no matrix of its own: what becomes of it is BT.709, limited range, and is tagged so.
  const rgb = format.rgb || frame.colorSpace === AVCOL_SPC_RGB;
  const matrix = rgb ? ':out_color_matrix=bt709:out_range=tv' : '';
  const canvas = output === undefined ? display : { width: even(display.width), height: even(display.height) };
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
  } else if (!sameSize(picture, upright) || rgb || format.name !== target) convert(target);
  // A flip only turns the order of the rows round in memory, and some decoders give them so: neither can be drawn on.
  if (filters.at(-1) === 'vflip' || (filters.length === 0 && frame.linesize[0]! < 0)) filters.push('copy');
  if (filters.length > 0) filters.push('setsar=1');
  return filters;
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

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function even(length: number): number {
  return length + (length % 2);
}
