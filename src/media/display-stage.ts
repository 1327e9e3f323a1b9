import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AVCOL_SPC_RGB, type AVPixelFormat } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { DisplayTransform } from './display-transform.ts';
import { type FilterPipe, filterPipe } from './filter-pipe.ts';
import { filterInputOf, pixelFormat, sameInput } from './frame-format.ts';

/** Makes decoded frames upright, square-pixelled and, for an encoder, 4:2:0 of even size. */
export interface DisplayStage {
  /** Takes the frame over and returns one to use in its place. */
  run(frame: Frame): Frame;
  close(): void;
}

/**
 * @param transform - Of the source's first frame. Frames of another size in mid-stream are scaled to its display size.
 * @param output - The pixel format to encode, or undefined where frames are only analysed.
 */
export function displayStage(transform: DisplayTransform, output: AVPixelFormat | undefined): DisplayStage {
  let current: { input: ReturnType<typeof filterInputOf>; pipe: FilterPipe | undefined } | undefined;
  return {
    run(frame) {
      const input = filterInputOf(frame);
      if (current === undefined || !sameInput(current.input, input)) {
        current?.pipe?.close();
        const filters = filtersFor(frame, transform, output);
        current = { input, pipe: filters.length === 0 ? undefined : filterPipe(input, filters) };
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

/** The size of the encoded picture: the display size, rounded up to even. */
export function encodedSize({ display }: DisplayTransform): { width: number; height: number } {
  return { width: display.width + (display.width % 2), height: display.height + (display.height % 2) };
}

function filtersFor(frame: Frame, transform: DisplayTransform, output: AVPixelFormat | undefined): string[] {
  const { display, rotation, filters: turns } = transform;
  if (output === undefined) return [...turns];
  const upright = rotation === 90 || rotation === 270 ? { width: frame.height, height: frame.width } : frame;
  const resized = upright.width !== display.width || upright.height !== display.height;
  const format = pixelFormat(frame.format as AVPixelFormat);
  const target = pixelFormat(output).name;
  // RGB has no matrix of its own: what becomes of it is BT.709, limited range, and is tagged so.
  const rgb = format.rgb || frame.colorSpace === AVCOL_SPC_RGB;
  const matrix = rgb ? ':out_color_matrix=bt709:out_range=tv' : '';
  const even = encodedSize(transform);
  const odd = even.width !== display.width || even.height !== display.height;
  const filters = [...turns];
  const convert = (to: string) =>
    // The fields of interlaced pictures are scaled each for itself.
    filters.push(`scale=${display.width}:${display.height}:flags=bicubic:interl=-1${matrix}`, `format=${to}`);
  if (odd) {
    // With chroma of half the size, a border of one pixel cannot be made.
    convert(output === AV_PIX_FMT_YUV420P10LE ? 'yuv444p10le' : 'yuv444p');
    filters.push(
      `pad=${even.width}:${even.height}`,
      `fillborders=right=${even.width - display.width}:bottom=${even.height - display.height}:mode=smear`,
      'scale=flags=bicubic:interl=-1',
      `format=${target}`,
    );
  } else if (resized || rgb || format.name !== target) convert(target);
  // A flip only turns the order of the rows round in memory, and some decoders give them so: neither can be drawn on.
  if (filters.at(-1) === 'vflip' || (filters.length === 0 && frame.linesize[0]! < 0)) filters.push('copy');
  if (filters.length > 0) filters.push('setsar=1');
  return filters;
}
