import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import { expect, it } from 'vitest';
import { openVideoEncoder } from '../../../src/media/output/video-encoder.ts';

it('a picture that is too large for the encoder is said to be that', () => {
  const frame = new Frame();
  frame.alloc();
  Object.assign(frame, { width: 17_000, height: 64, format: AV_PIX_FMT_YUV420P });
  frame.getBuffer();
  const rate = { num: 25, den: 1 };
  const options = { format: 'mp4', encoder: 'libx264', crf: 20, threads: 1 };
  try {
    expect(() => openVideoEncoder(frame, { num: 1, den: 25 }, rate, true, options)).toThrow(
      expect.objectContaining({
        ...{ code: 'ENCODER_SIZE', kind: 'usage', message: expect.stringContaining('17000x64') },
        hint: expect.not.stringContaining('libx264'),
      }),
    );
  } finally {
    frame.free();
  }
});
