import type { Frame } from 'node-av/lib';
import type { Size } from '../../types.ts';
import { type FilterPipe, filterPipe } from '../frames/filter-pipe.ts';
import { filterInputOf, sameInput } from '../frames/frame-format.ts';
import { encodeJpeg } from '../frames/jpeg-crop.ts';

/** Makes JPEGs of whole frames, at most 1280 pixels wide, with square pixels. */
interface PictureMaker {
  /** @param frame - Upright; stays the caller's. @throws HeatboxError `FFMPEG` */
  make(frame: Frame, display: Size): Uint8Array;
  close(): void;
}

const WIDEST = 1280;

export function pictureMaker(): PictureMaker {
  let current: { input: ReturnType<typeof filterInputOf>; pipe: FilterPipe } | undefined;
  return {
    make(frame, display) {
      const input = filterInputOf(frame);
      if (current === undefined || !sameInput(current.input, input)) {
        current?.pipe.close();
        current = { input, pipe: filterPipe(input, filters(display)) };
      }
      const picture = current.pipe.run(frame);
      try {
        return encodeJpeg(picture);
      } finally {
        picture.free();
      }
    },
    close: () => current?.pipe.close(),
  };
}

function filters({ width, height }: Size): string[] {
  const scale = Math.min(1, WIDEST / width);
  const side = (length: number) => Math.max(2, Math.round(length * scale));
  return [`scale=${side(width)}:${side(height)}:flags=bilinear:out_range=pc`, 'format=yuvj420p', 'setsar=1'];
}
