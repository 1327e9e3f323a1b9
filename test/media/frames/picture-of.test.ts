import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV444P } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import { expect, it } from 'vitest';
import { pictureOf } from '../../../src/media/frames/picture-of.ts';

it.each([
  ['4:2:0', AV_PIX_FMT_YUV420P, { chromaShiftX: 1, chromaShiftY: 1, bitDepth: 8 }],
  ['4:2:0 of 10 bit', AV_PIX_FMT_YUV420P10LE, { chromaShiftX: 1, chromaShiftY: 1, bitDepth: 10 }],
  ['4:4:4, of single pictures', AV_PIX_FMT_YUV444P, { chromaShiftX: 0, chromaShiftY: 0, bitDepth: 8 }],
])('draws on the colours of %s where they are', (_, format, expected) => {
  const frame = new Frame();
  frame.alloc();
  Object.assign(frame, { width: 32, height: 16, format });
  frame.getBuffer();
  expect(pictureOf(frame)).toMatchObject({ width: 32, height: 16, ...expected });
  frame.free();
});
