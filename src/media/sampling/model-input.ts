import {
  AV_FRAME_FLAG_INTERLACED,
  AV_PIX_FMT_RGB24,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_SMPTE2084,
  SWS_BILINEAR,
  SWS_FULL_CHR_H_INT,
} from 'node-av/constants';
import { Frame, SoftwareScaleContext } from 'node-av/lib';
import type { Size } from '../../types.ts';
import { check } from '../frames/av.ts';
import { type FilterPipe, filterPipe } from '../frames/filter-pipe.ts';
import { filterInputOf, sameInput } from '../frames/frame-format.ts';

/** Scales upright frames to the network's input. */
interface ModelInputScaler {
  /** Writes `width × height × 3` RGB bytes, rows top down, into `target`. */
  write(frame: Frame, target: Uint8Array): void;
  close(): void;
}

/**
 * Whole-frame scaling to 8-bit RGB with the frame's own matrix and range. High dynamic range (PQ, HLG) is tone-mapped to
 * BT.709, on the small picture, since the network was trained on ordinary pictures.
 */
export function modelInputScaler(size: Size): ModelInputScaler {
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  // Without the second, two pixels side by side have one colour, however large the picture was.
  scaler.setOption('sws_flags', SWS_BILINEAR | SWS_FULL_CHR_H_INT);
  const rgb = new Frame();
  rgb.alloc();
  rgb.format = AV_PIX_FMT_RGB24;
  rgb.width = size.width;
  rgb.height = size.height;
  check(rgb.getBuffer(0), 'allocate the model input');
  let tone: { pipe: FilterPipe; input: ReturnType<typeof filterInputOf> } | undefined;

  function toneMapped(frame: Frame): Frame {
    const input = filterInputOf(frame);
    if (tone === undefined || !sameInput(tone.input, input)) {
      tone?.pipe.close();
      tone = { input, pipe: filterPipe(input, toneMapping(size)) };
    }
    return tone.pipe.run(frame);
  }

  return {
    write(frame, target) {
      if (frame.colorTrc === AVCOL_TRC_SMPTE2084 || frame.colorTrc === AVCOL_TRC_ARIB_STD_B67) {
        const mapped = toneMapped(frame);
        copyRows(mapped, size, target);
        mapped.free();
        return;
      }
      // Interlaced pictures are only scaled to interlaced ones; the network sees both fields at once.
      const { flags } = frame;
      frame.clearFlags(AV_FRAME_FLAG_INTERLACED);
      check(scaler.scaleFrameSync(rgb, frame), 'scale a frame to the model input');
      frame.flags = flags;
      copyRows(rgb, size, target);
    },
    close() {
      tone?.pipe.close();
      rgb.free();
      scaler.freeContext();
    },
  };
}

function toneMapping({ width, height }: Size): string[] {
  return [
    `scale=${width}:${height}:flags=bilinear`,
    'zscale=transfer=linear:npl=203',
    'format=gbrpf32le',
    'zscale=primaries=bt709',
    'tonemap=mobius:desat=0',
    'zscale=transfer=bt709:matrix=bt709:range=full',
    'format=rgb24',
  ];
}

function copyRows(frame: Frame, { width, height }: Size, target: Uint8Array): void {
  const source = frame.data![0]!;
  const stride = frame.linesize[0]!;
  const row = width * 3;
  if (stride === row) {
    target.set(source.subarray(0, row * height));
    return;
  }
  for (let y = 0; y < height; y++) target.set(source.subarray(y * stride, y * stride + row), y * row);
}
