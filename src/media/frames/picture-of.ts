import {
  AV_PIX_FMT_YUV420P10LE,
  AV_PIX_FMT_YUV444P,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_BT2020_CL,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_FCC,
  AVCOL_SPC_SMPTE240M,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_SMPTE2084,
} from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { ColourMatrix, Picture, Transfer } from '../../overlay/index.ts';

/**
 * A view of a frame's planes for drawing, valid until the frame is freed. The frame is planar 4:2:0 of 8 or 10 bit, or
 * 4:4:4 of 8, and writable. A frame that does not name its matrix counts as BT.601, as in FFmpeg's own conversions.
 */
export function pictureOf(frame: Frame): Picture {
  const strides = frame.linesize;
  const chromaShift = frame.format === AV_PIX_FMT_YUV444P ? 0 : 1;
  return {
    width: frame.width,
    height: frame.height,
    planes: frame.data!.slice(0, 3).map((data, plane) => ({ data, stride: strides[plane]! })),
    chromaShiftX: chromaShift,
    chromaShiftY: chromaShift,
    bitDepth: frame.format === AV_PIX_FMT_YUV420P10LE ? 10 : 8,
    matrix: matrixOf(frame),
    range: frame.colorRange === AVCOL_RANGE_JPEG ? 'pc' : 'tv',
    transfer: transferOf(frame),
  };
}

function matrixOf(frame: Frame): ColourMatrix {
  switch (frame.colorSpace) {
    case AVCOL_SPC_BT709:
      return 'bt709';
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return 'bt2020';
    case AVCOL_SPC_SMPTE240M:
      return 'smpte240m';
    case AVCOL_SPC_FCC:
      return 'fcc';
    default:
      return 'bt601';
  }
}

function transferOf(frame: Frame): Transfer {
  if (frame.colorTrc === AVCOL_TRC_SMPTE2084) return 'pq';
  return frame.colorTrc === AVCOL_TRC_ARIB_STD_B67 ? 'hlg' : 'sdr';
}
