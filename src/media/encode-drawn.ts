import type { Packet } from 'node-av/lib';
import { drawOverlay, type Overlay } from './overlay/index.ts';
import { pictureOf } from './picture-of.ts';
import type { VideoEncoder } from './video-encoder.ts';
import type { TimedFrame } from './video-reader.ts';

/** Draws on a frame, encodes it and, whatever happens, frees it. */
export function encodeDrawn(
  encoder: VideoEncoder,
  { frame, ticks }: TimedFrame,
  overlay: Overlay,
  write: (packet: Packet) => void,
): void {
  try {
    frame.makeWritable();
    drawOverlay(pictureOf(frame), overlay);
    frame.pts = ticks;
    encoder.encode(frame, write);
  } finally {
    frame.free();
  }
}
