import type { Box, Point } from '../types.ts';
import type { Shift } from './carry.ts';
import { correctMotion, correctVelocity, type Motion, predictMotion, smoothMotion, startMotion } from './motion.ts';

/**
 * How a box moves: its centre, width and height, each with a filter of its own. With noise that does not couple them, as
 * here, four filters of two states give the same numbers as one filter of eight, for a fraction of the arithmetic.
 */
export interface BoxMotion {
  /** Seconds of the source clock. */
  readonly pts: number;
  readonly x: Motion;
  readonly y: Motion;
  readonly width: Motion;
  readonly height: Motion;
}

// All in units of the box's own size (the root of its area), so that near and far objects are treated alike. Chosen on
// the MOT15 training sequences, forward and reversed, with boxes shaken and dropped; results are flat around them.
const CENTRE = { noise: 0.15, agility: 0.5, startSpeed: 5 };
const EXTENT = { noise: 0.1, agility: 0.1, startSpeed: 0.4 };

/** The motion of a box seen for the first time. */
export function startBox(box: Box, pts: number): BoxMotion {
  const size = sizeOf(box);
  const start = (position: number, { noise, startSpeed }: typeof CENTRE) =>
    startMotion(position, (noise * size) ** 2, (startSpeed * size) ** 2);
  const [x, y, width, height] = measure(box);
  return { pts, x: start(x, CENTRE), y: start(y, CENTRE), width: start(width, EXTENT), height: start(height, EXTENT) };
}

/** Carries a box on to `pts`; to an earlier time it stays as it is. */
export function predictBox(motion: BoxMotion, pts: number): BoxMotion {
  const seconds = Math.max(pts - motion.pts, 0);
  const size = sizeOf(boxOf(motion));
  const predict = (one: Motion, { agility }: typeof CENTRE) => predictMotion(one, seconds, agility * size ** 2);
  return {
    pts: Math.max(pts, motion.pts),
    x: predict(motion.x, CENTRE),
    y: predict(motion.y, CENTRE),
    width: predict(motion.width, EXTENT),
    height: predict(motion.height, EXTENT),
  };
}

/** The same box at a later time, come to rest. */
export function holdBox(motion: BoxMotion, pts: number): BoxMotion {
  const rest = (one: Motion): Motion => ({ ...one, velocity: 0 });
  return { pts, x: rest(motion.x), y: rest(motion.y), width: rest(motion.width), height: rest(motion.height) };
}

/** Corrects a motion, predicted to the time of the measurement, by the measured box. */
export function correctBox(motion: BoxMotion, box: Box): BoxMotion {
  const size = sizeOf(box);
  const correct = (one: Motion, measured: number, { noise }: typeof CENTRE) =>
    correctMotion(one, measured, (noise * size) ** 2);
  const [x, y, width, height] = measure(box);
  return {
    pts: motion.pts,
    x: correct(motion.x, x, CENTRE),
    y: correct(motion.y, y, CENTRE),
    width: correct(motion.width, width, EXTENT),
    height: correct(motion.height, height, EXTENT),
  };
}

/** How far a box carried by the motion inside it is off after a second, and how far its sides are, as a share of its size. */
const CARRIED = 0.3;

/** How much a velocity may differ from what it was a moment ago, in sizes a second. */
const LOOSE = 0.7;

/** A motion whose velocity is about to be told anew: what was known of it counts little. */
export function loosenBox(motion: BoxMotion): BoxMotion {
  const variance = (LOOSE * sizeOf(boxOf(motion))) ** 2;
  const loosen = (one: Motion): Motion => ({ ...one, velocityVariance: one.velocityVariance + variance });
  const { pts, x, y, width, height } = motion;
  return { pts, x: loosen(x), y: loosen(y), width: loosen(width), height: loosen(height) };
}

/**
 * Corrects a loosened motion by how what is in the box moves until a later moment, before it is predicted to it.
 *
 * @param seconds The time that the shift takes.
 */
export function steerBox(motion: BoxMotion, { x, y, growth, spread }: Shift, seconds: number): BoxMotion {
  const off = CARRIED * Math.sqrt(seconds) * sizeOf(boxOf(motion));
  const steer = (one: Motion, by: number, deviation: number) =>
    correctVelocity(one, by / seconds, (deviation / seconds) ** 2);
  return {
    pts: motion.pts,
    x: steer(motion.x, x, off + spread / 2),
    y: steer(motion.y, y, off + spread / 2),
    width: steer(motion.width, growth * motion.width.position, off),
    height: steer(motion.height, growth * motion.height.position, off),
  };
}

/** Improves what was known of a box by what became known later: see {@link smoothMotion}. */
export function smoothBox(known: BoxMotion, expected: BoxMotion, later: BoxMotion): BoxMotion {
  const seconds = expected.pts - known.pts;
  const smooth = (side: 'x' | 'y' | 'width' | 'height') =>
    smoothMotion(known[side], expected[side], later[side], seconds);
  return { pts: known.pts, x: smooth('x'), y: smooth('y'), width: smooth('width'), height: smooth('height') };
}

/** The box of a motion; no side is shorter than a pixel. */
export function boxOf(motion: BoxMotion): Box {
  const halfWidth = Math.max(motion.width.position, 1) / 2;
  const halfHeight = Math.max(motion.height.position, 1) / 2;
  const { x, y } = motion;
  return [x.position - halfWidth, y.position - halfHeight, x.position + halfWidth, y.position + halfHeight];
}

/** Velocity of the centre, px/s. */
export function velocityOf(motion: BoxMotion): Point {
  return { x: motion.x.velocity, y: motion.y.velocity };
}

function measure([x0, y0, x1, y1]: Box): [x: number, y: number, width: number, height: number] {
  return [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0];
}

function sizeOf([x0, y0, x1, y1]: Box): number {
  return Math.sqrt((x1 - x0) * (y1 - y0));
}
