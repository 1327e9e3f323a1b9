#!/usr/bin/env node
/**
 * Plots the box of a track over time, of several runs of the same video: `heatbox annotate --json` of each.
 *
 *     node scripts/draw-boxes.mjs OUTPUT.png TRACK NAME=FILE.ndjson...
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';

const [output, track, ...runs] = process.argv.slice(2);
if (runs.length === 0) throw new Error('give the picture, the number of the track, and the runs as NAME=FILE.ndjson');
GlobalFonts.registerFromPath(
  createRequire(import.meta.url).resolve('@fontsource/inter/files/inter-latin-600-normal.woff2'),
  'Inter',
);

const COLOURS = ['#1d4ed8', '#e0682a', '#2f855a'];
const PANELS = [
  ['left and right edge, pixels', 0, 2, 'width'],
  ['upper and lower edge, pixels', 1, 3, 'height'],
];
const [WIDTH, PANEL, LEFT, TOP, GAP] = [1400, 300, 70, 44, 60];
const HEIGHT = TOP + PANELS.length * (PANEL + GAP);

const series = await Promise.all(
  runs.map(async (run) => {
    const [name, file] = run.split(/=(.*)/);
    const lines = (await readFile(file, 'utf8')).trim().split('\n').map(JSON.parse);
    const frames = lines.filter(({ type }) => type === 'frame');
    const points = frames.flatMap(({ pts, tracks }) => {
      const found = tracks.find(({ id }) => id === Number(track));
      return found ? [{ pts, box: found.box }] : [];
    });
    return { name, size: lines[0].size, points, start: frames[0].pts, end: frames.at(-1).pts };
  }),
);
const [{ size, start, end }] = series;

const canvas = createCanvas(WIDTH, HEIGHT);
const context = canvas.getContext('2d');
context.fillStyle = '#fff';
context.fillRect(0, 0, WIDTH, HEIGHT);
context.font = '15px Inter';
context.textBaseline = 'middle';
const xOf = (pts) => LEFT + ((pts - start) / (end - start)) * (WIDTH - LEFT - 24);

PANELS.forEach(([title, low, high, side], position) => {
  const top = TOP + position * (PANEL + GAP);
  const yOf = (value) => top + (value / size[side]) * PANEL;
  context.fillStyle = '#333';
  context.textAlign = 'left';
  context.fillText(title, LEFT, top - 16);
  for (let value = 0; value <= size[side]; value += side === 'width' ? 320 : 180) {
    mark(LEFT, yOf(value), WIDTH - 24, yOf(value));
    context.textAlign = 'right';
    context.fillText(String(value), LEFT - 10, yOf(value));
  }
  for (let second = Math.ceil(start); second <= end; second++) {
    mark(xOf(second), top, xOf(second), top + PANEL);
    context.textAlign = 'center';
    context.fillText(`${second} s`, xOf(second), top + PANEL + 16);
  }
  series.forEach(({ points }, run) => {
    for (const edge of [low, high]) {
      context.strokeStyle = COLOURS[run % COLOURS.length];
      context.lineWidth = 2;
      context.beginPath();
      for (const { pts, box } of points) context.lineTo(xOf(pts), yOf(box[edge]));
      context.stroke();
    }
  });
});
context.textAlign = 'right';
series.toReversed().reduce((right, { name }, back) => {
  context.fillStyle = COLOURS[(series.length - 1 - back) % COLOURS.length];
  context.fillText(name, right, TOP - 16);
  return right - context.measureText(name).width - 28;
}, WIDTH - 24);
await writeFile(output, await canvas.encode('png'));

function mark(x0, y0, x1, y1) {
  context.strokeStyle = '#e2e2e2';
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
