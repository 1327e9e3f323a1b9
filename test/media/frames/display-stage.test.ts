import {
  AV_FRAME_FLAG_INTERLACED,
  AV_FRAME_FLAG_TOP_FIELD_FIRST,
  AV_PIX_FMT_YUV420P,
  AVCOL_SPC_BT709,
} from 'node-av/constants';
import { Frame } from 'node-av/lib';
import { describe, expect, it } from 'vitest';
import { displayStage } from '../../../src/media/frames/display-stage.ts';
import { displayTransform } from '../../../src/media/frames/display-transform.ts';
import type { Size } from '../../../src/types.ts';

const WHITE = 235;
const BLACK = 16;
const square = { num: 1, den: 1 };

/** A white picture whose upper quarter is black. */
function picture({ width, height }: Size, flags = 0): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.format = AV_PIX_FMT_YUV420P;
  frame.width = width;
  frame.height = height;
  frame.colorSpace = AVCOL_SPC_BT709;
  frame.getBuffer(0);
  const [luma, ...chroma] = frame.data!;
  luma!.fill(WHITE).fill(BLACK, 0, (frame.linesize[0]! * height) / 4);
  for (const plane of chroma) plane.fill(128);
  frame.flags |= flags;
  return frame;
}

/** Luma at a place given in parts of the picture. */
function at(frame: Frame, x: number, y: number): number {
  return frame.data![0]![Math.floor(y * frame.height) * frame.linesize[0]! + Math.floor(x * frame.width)]!;
}

function matrix(a: number, b: number, c: number, d: number): Buffer {
  const bytes = Buffer.alloc(36);
  for (const [index, value] of [a, b, 0, c, d].entries()) bytes.writeInt32LE(value * 65536, 4 * index);
  return bytes;
}

const TURNED_OVER = matrix(-1, 0, 0, -1);
const TURNED_RIGHT = matrix(0, 1, -1, 0);
const wide = { width: 160, height: 96 };
const tall = { width: 96, height: 160 };

describe('a display stage', () => {
  it('fits a picture of another shape into the first, with black bars', () => {
    const warnings: string[] = [];
    const stage = displayStage(displayTransform(null, wide, square), AV_PIX_FMT_YUV420P, {
      transformOf: (frame) => displayTransform(null, { width: frame.width, height: frame.height }, square),
      warn: (code) => warnings.push(code),
    });
    stage.run(picture(wide)).free();
    const fitted = stage.run(picture(tall));
    expect({ width: fitted.width, height: fitted.height }).toEqual(wide);
    expect([0.1, 0.5, 0.9].map((x) => at(fitted, x, 0.6))).toEqual([BLACK, WHITE, BLACK]);
    expect(at(fitted, 0.5, 0.1)).toBe(BLACK);
    expect(warnings).toEqual(['SIZE_CHANGED']);
    fitted.free();
    stage.close();
  });

  it('follows a turn in mid-stream', () => {
    let turn: Buffer | null = null;
    const stage = displayStage(displayTransform(null, wide, square), AV_PIX_FMT_YUV420P, {
      transformOf: () => displayTransform(turn, wide, square),
      warn: () => {},
    });
    const straight = stage.run(picture(wide));
    turn = TURNED_OVER;
    const turned = stage.run(picture(wide));
    expect([straight, turned].map((frame) => [at(frame, 0.5, 0.1), at(frame, 0.5, 0.9)])).toEqual([
      [BLACK, WHITE],
      [WHITE, BLACK],
    ]);
    straight.free();
    turned.free();
    stage.close();
  });

  it.each([
    ['kept as they are', null, AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST],
    ['swapped where the picture is turned over', TURNED_OVER, AV_FRAME_FLAG_INTERLACED],
    ['none where it is turned on its side', TURNED_RIGHT, 0],
  ])('has the fields %s', (_what, turn, expected) => {
    const fields = AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST;
    const stage = displayStage(displayTransform(turn, wide, square), AV_PIX_FMT_YUV420P);
    const upright = stage.run(picture(wide, fields));
    expect(upright.flags & fields).toBe(expected);
    upright.free();
    stage.close();
  });
});
