#!/usr/bin/env node
/**
 * Draws a part of a profile that `heatbox annotate --profile FILE` has written: a lane a thread, a rectangle a slice.
 *
 *     node scripts/draw-profile.mjs FILE.json OUTPUT.png START_SECONDS DURATION_SECONDS
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';

const [file, output, start, duration] = process.argv.slice(2);
if (duration === undefined)
  throw new Error('give the profile, the picture, and the start and length of a part in seconds');
const [from, to] = [Number(start) * 1e6, (Number(start) + Number(duration)) * 1e6];
GlobalFonts.registerFromPath(
  createRequire(import.meta.url).resolve('@fontsource/inter/files/inter-latin-600-normal.woff2'),
  'Inter',
);

const { traceEvents } = JSON.parse(await readFile(file, 'utf8'));
const names = traceEvents.filter(({ name }) => name === 'thread_name');
const threads = names
  .map(({ tid, args }) => ({ tid, name: args.name }))
  .sort((a, b) => order(a.name) - order(b.name) || a.name.localeCompare(b.name));
const COLOURS = {
  decode: '#3b82c4',
  scale: '#7ab8e8',
  draw: '#e0a030',
  encode: '#c8553d',
  mux: '#5b2333',
  finish: '#8f3a2a',
  network: '#4f9d69',
  load: '#a9cfb4',
  picture: '#b9a5d6',
  localise: '#8b6fc0',
  track: '#5a3f95',
  hindsight: '#32215c',
  gc: '#222222',
  'wait for credit': '#e4e4e4',
  'wait for boxes': '#e4e4e4',
};
const [WIDTH, LEFT, RIGHT, TOP, LANE, GAP, LEGEND] = [1400, 150, 20, 34, 46, 16, 60];
const height = TOP + threads.length * (LANE + GAP) + LEGEND;
const canvas = createCanvas(WIDTH, height);
const context = canvas.getContext('2d');
const x = (time) => LEFT + ((time - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
context.fillStyle = '#ffffff';
context.fillRect(0, 0, WIDTH, height);
context.textBaseline = 'middle';

const step = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6].find((one) => (to - from) / one <= 14);
for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
  text(`${(time / 1e6).toFixed(2)} s`, x(time) - 18, 14, '#666666');
  context.fillStyle = '#eeeeee';
  context.fillRect(x(time), TOP - 8, 1, height - TOP - LEGEND);
}
const drawn = new Set();
for (const [row, { tid, name }] of threads.entries()) {
  const top = TOP + row * (LANE + GAP);
  text(name, 8, top + LANE / 2, '#222222', 14);
  const slices = traceEvents.filter(
    (event) => event.ph === 'X' && event.tid === tid && event.ts < to && event.ts + event.dur > from,
  );
  // Those within others come later, and lower.
  for (const { name: stage, ts, dur, args } of slices.sort((a, b) => b.dur - a.dur)) {
    const [left, right] = [x(Math.max(ts, from)), x(Math.min(ts + dur, to))];
    const low = stage === 'mux' || stage === 'gc' ? 0.6 * LANE : 0;
    context.fillStyle = COLOURS[stage] ?? '#999999';
    context.fillRect(left, top + low, Math.max(0.7, right - left - 0.4), LANE - low);
    drawn.add(stage);
    const label = args === undefined ? stage : frames(args);
    context.font = '11px Inter';
    if (context.measureText(label).width + 6 < right - left)
      text(label, left + 3, top + LANE / 2, args === undefined ? '#777777' : '#ffffff');
  }
}
let left = LEFT;
for (const stage of Object.keys(COLOURS).filter((one) => drawn.has(one))) {
  context.fillStyle = COLOURS[stage];
  context.fillRect(left, height - 34, 14, 14);
  text(stage, left + 19, height - 27, '#222222', 13);
  left += 36 + context.measureText(stage).width;
}
await writeFile(output, canvas.toBuffer('image/png'));

function order(name) {
  return ['media host', 'inference worker', 'main'].findIndex((known) => name.startsWith(known));
}

function frames({ frame, frames }) {
  return frames === undefined ? `${frame}` : `${frames[0]}–${frames.at(-1)}`;
}

function text(words, left, y, colour, size = 11) {
  context.font = `${size}px Inter`;
  context.fillStyle = colour;
  context.fillText(words, left, y);
}
