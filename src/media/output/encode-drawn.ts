import type { Packet } from 'node-av/lib';
import { drawOverlay, type Overlay } from '../../overlay/index.ts';
import { clock } from '../../threads/notes.ts';
import { pictureOf } from '../frames/picture-of.ts';
import type { NoteTicks } from '../host-notes.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import type { VideoEncoder } from './video-encoder.ts';

/** Draws on a frame, encodes it and, whatever happens, frees it. */
export function encodeDrawn(
  encoder: VideoEncoder,
  { frame, ticks }: TimedFrame,
  overlay: Overlay,
  write: (packet: Packet) => void,
  note?: NoteTicks,
): void {
  try {
    const began = clock();
    frame.makeWritable();
    drawOverlay(pictureOf(frame), overlay);
    note?.('draw', began, ticks);
    const drawn = clock();
    frame.pts = ticks;
    encoder.encode(frame, write);
    note?.('encode', drawn, ticks);
  } finally {
    frame.free();
  }
}
