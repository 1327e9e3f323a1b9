import { AV_FRAME_DATA_MOTION_VECTORS } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { type MotionCells, motionUnits } from '../../motion/cells.ts';
import { UNKNOWN_MOTION } from '../../types.ts';
import type { DisplayTransform } from '../frames/display-transform.ts';

/** Coded pixels along a cell's side at least, as of a macroblock; and cells along a side of the picture at most. */
const LEAST_CELL = 16;
const MOST_CELLS = 40;

/** FFmpeg's AVMotionVector, 40 bytes, in 16-bit words. */
const RECORD = 20;
const SIZE = 2;
const PLACE_X = 5;
const PLACE_Y = 6;
const MOTION_X = 12;
const MOTION_Y = 14;
const SCALE = 16;

/**
 * The motion vectors that a frame was decoded by, averaged over cells: those that refer to earlier pictures. The decoder
 * does not say to which of them; it is taken for the last that others refer to, which holds for most vectors.
 *
 * @param frame As decoded.
 * @returns undefined where there are none: in intra frames, and with codecs whose decoders do not give them.
 */
export function motionVectors(
  frame: Frame,
  { rotation, mirrored, display }: DisplayTransform,
): MotionCells | undefined {
  const bytes = frame.getSideData(AV_FRAME_DATA_MOTION_VECTORS);
  if (bytes === null || bytes.length === 0) return undefined;
  const words = wordsOf(bytes);
  const { width, height } = frame;
  const turned = rotation === 90 || rotation === 270;
  const cols = Math.max(1, Math.min(MOST_CELLS, Math.floor((turned ? height : width) / LEAST_CELL)));
  const rows = Math.max(1, Math.min(MOST_CELLS, Math.floor((turned ? width : height) / LEAST_CELL)));
  const { across, down, areas } = sumsFor(rows * cols);
  const flip = rotation === 180 || rotation === 270;
  let known = 0;
  for (let at = 0; at < words.length; at += RECORD) {
    if (words[at]! >= 0) continue;
    const area = (words[at + SIZE]! & 0xff) * (words[at + SIZE]! >> 8);
    const scale = 1 / words[at + SCALE]!;
    // Of the unit square; motion leads from the block to where it came from.
    let x = words[at + PLACE_X]! / width;
    let y = words[at + PLACE_Y]! / height;
    let dx = (-words[at + MOTION_X]! * scale) / width;
    let dy = (-words[at + MOTION_Y]! * scale) / height;
    if (turned) {
      const keptX = x;
      const keptDx = dx;
      x = 1 - y;
      dx = -dy;
      y = keptX;
      dy = keptDx;
    }
    if (flip) {
      x = 1 - x;
      y = 1 - y;
      dx = -dx;
      dy = -dy;
    }
    if (mirrored) {
      x = 1 - x;
      dx = -dx;
    }
    if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) continue;
    const cell = Math.floor(y * rows) * cols + Math.floor(x * cols);
    across[cell]! += area * dx;
    down[cell]! += area * dy;
    areas[cell]! += area;
    known += area;
  }
  if (known === 0) return undefined;
  const data = new Int16Array(2 * rows * cols);
  for (let cell = 0; cell < areas.length; cell++) {
    const area = areas[cell]!;
    data[2 * cell] = area === 0 ? UNKNOWN_MOTION : motionUnits((across[cell]! / area) * display.width);
    data[2 * cell + 1] = area === 0 ? UNKNOWN_MOTION : motionUnits((down[cell]! / area) * display.height);
  }
  return { rows, cols, data, known: Math.min(1, known / (width * height)) };
}

/** Without a copy where the bytes lie well for it. */
function wordsOf(bytes: Buffer): Int16Array {
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  return new Int16Array(new Uint8Array(bytes).buffer);
}

interface Sums {
  readonly across: Float32Array;
  readonly down: Float32Array;
  readonly areas: Float32Array;
}

let reused: Sums | undefined;

function sumsFor(count: number): Sums {
  if (reused?.areas.length !== count) {
    const make = () => new Float32Array(count);
    reused = { across: make(), down: make(), areas: make() };
  }
  reused.across.fill(0);
  reused.down.fill(0);
  reused.areas.fill(0);
  return reused;
}
