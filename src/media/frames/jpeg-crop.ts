import { AV_CODEC_ID_MJPEG, AV_PICTURE_TYPE_NONE, AV_PIX_FMT_YUVJ420P } from 'node-av/constants';
import { Codec, CodecContext, type Frame, Packet } from 'node-av/lib';
import type { Box, Size } from '../../types.ts';
import { check } from './av.ts';
import { filterPipe } from './filter-pipe.ts';
import { filterInputOf } from './frame-format.ts';

/** Longest side of a crop, pixels. */
const LONGEST = 320;

/** JPEG quality as FFmpeg counts it: 2 is best, 31 worst. */
const QUALITY = 4;

/**
 * A part of a frame as JPEG, at most 320 pixels long, with square pixels.
 *
 * @param frame - Upright.
 * @param box - In display pixels; what lies outside the picture is cut off.
 * @param display - The display size of the frame.
 * @throws HeatboxError `FFMPEG`
 */
export function jpegCrop(frame: Frame, box: Box, display: Size): Uint8Array {
  const { x, y, width, height } = pixelsOf(frame, box, display);
  const across = (width * display.width) / frame.width;
  const down = (height * display.height) / frame.height;
  const scale = Math.min(1, LONGEST / Math.max(across, down));
  const even = (value: number) => Math.max(2, 2 * Math.round((value * scale) / 2));
  const pipe = filterPipe(filterInputOf(frame), [
    `crop=${width}:${height}:${x}:${y}:exact=1`,
    `scale=${even(across)}:${even(down)}:flags=bicubic:out_range=pc`,
    'format=yuvj420p',
    'setsar=1',
  ]);
  try {
    const picture = pipe.run(frame);
    try {
      return encodeJpeg(picture);
    } finally {
      picture.free();
    }
  } finally {
    pipe.close();
  }
}

/** The box in the frame's own pixels, whole, at least two wide and high, inside the picture. */
function pixelsOf(frame: Frame, [x0, y0, x1, y1]: Box, display: Size) {
  const span = (from: number, to: number, size: number, shown: number) => {
    const start = Math.max(0, Math.min(size - 2, Math.floor((from * size) / shown)));
    return { start, length: Math.max(2, Math.min(size - start, Math.ceil((to * size) / shown) - start)) };
  };
  const across = span(x0, x1, frame.width, display.width);
  const down = span(y0, y1, frame.height, display.height);
  return { x: across.start, y: down.start, width: across.length, height: down.length };
}

/** @param picture - In `yuvj420p`. @throws HeatboxError `FFMPEG` */
export function encodeJpeg(picture: Frame): Uint8Array {
  const codec = Codec.findEncoder(AV_CODEC_ID_MJPEG);
  const context = new CodecContext();
  const packet = new Packet();
  packet.alloc();
  try {
    context.allocContext3(codec);
    context.width = picture.width;
    context.height = picture.height;
    context.pixelFormat = AV_PIX_FMT_YUVJ420P;
    context.timeBase = { num: 1, den: 25 } as CodecContext['timeBase'];
    context.qMin = QUALITY;
    context.qMax = QUALITY;
    check(context.open2Sync(codec), 'open the JPEG encoder');
    picture.pts = 0n;
    picture.pictType = AV_PICTURE_TYPE_NONE;
    check(context.sendFrameSync(picture), 'encode a JPEG');
    check(context.sendFrameSync(null), 'encode a JPEG');
    check(context.receivePacketSync(packet), 'encode a JPEG');
    return new Uint8Array(packet.data!);
  } finally {
    packet.free();
    context.freeContext();
  }
}
