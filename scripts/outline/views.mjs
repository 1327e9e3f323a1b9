/**
 * Runs the trunk over views of pictures: whole ones, crops and mosaics, mirrored at random.
 *
 *   node views.mjs samples --trunk stages.onnx  --pictures DIR --out samples.bin
 *   node views.mjs views   --trunk reduced.onnx --pictures DIR --kind whole --out DIR [--seed 1]
 *   node views.mjs targets --masks masks.bin --out DIR
 *
 * `samples` writes the features of a few cells of some pictures, to find their principal components by. `views` writes, for one
 * kind of view, `views.json` and a file for each stage (float16, `[views, channels, rows, cols]`); `targets` adds what the
 * teacher says of them (bytes, at a quarter of the input).
 *
 * The masks are of whole pictures: a crop's mask is cut out of them. Mosaics show several pictures in one, so that the decoder
 * sees objects as small as those of a video.
 */
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    trunk: { type: 'string' },
    pictures: { type: 'string' },
    masks: { type: 'string' },
    kind: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    limit: { type: 'string' },
  },
});

const random = generator(Number(values.seed));
const between = (least, most) => least + (most - least) * random();
const images = new Map();
const [command] = positionals;
const session =
  values.trunk && (await InferenceSession.create(values.trunk, { intraOpNumThreads: 1, logSeverityLevel: 4 }));
const names = values.pictures
  ? (await readdir(values.pictures)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort()
  : [];

if (command === 'samples') await sample();
else if (command === 'views') await makeViews();
else if (command === 'targets') await makeTargets();
else throw new Error(`no command ${command}`);

/** A tile: where of a picture (shares of its sides) goes where in the view (shares too), and whether mirrored. */
function planOf(kind, picture, display) {
  const mirror = random() < 0.5;
  const all = [0, 0, 1, 1];
  switch (kind) {
    case 'whole':
      return { size: [224, 224], tiles: [{ picture, from: all, to: all, mirror }] };
    case 'aspect': {
      const size = display.width >= display.height ? [256, 192] : [192, 256];
      return { size, tiles: [{ picture, from: all, to: all, mirror }] };
    }
    case 'crop':
      return {
        size: [224, 224],
        tiles: [{ picture, from: cropOf(between(0.5, 0.95), between(0.5, 0.95)), to: all, mirror }],
      };
    case 'wide': {
      // A band of the video's aspect.
      const across = between(0.75, 1);
      const down = Math.min(1, (across * display.width * between(0.8, 1.2)) / (1.8 * display.height));
      return { size: [288, 160], tiles: [{ picture, from: cropOf(across, down), to: all, mirror }] };
    }
    case 'mosaic':
      return { size: [288, 160], tiles: mosaicOf(picture, random() < 0.5 ? [2, 1] : random() < 0.5 ? [3, 1] : [3, 2]) };
    case 'mosaic-square':
      return { size: [224, 224], tiles: mosaicOf(picture, random() < 0.5 ? [2, 2] : random() < 0.5 ? [2, 1] : [1, 2]) };
    case 'large':
      return { size: [320, 320], tiles: [{ picture, from: all, to: all, mirror }] };
    case 'large-crop':
      return {
        size: [320, 320],
        tiles: [{ picture, from: cropOf(between(0.6, 1), between(0.6, 1)), to: all, mirror }],
      };
    case 'large-mosaic':
      return { size: [416, 224], tiles: mosaicOf(picture, random() < 0.5 ? [2, 1] : [3, 2]) };
  }
  throw new Error(`no kind ${kind}`);
}

function cropOf(across, down) {
  const x = between(0, 1 - across);
  const y = between(0, 1 - down);
  return [x, y, x + across, y + down];
}

/** Tiles of unequal sizes, one of which is the picture. */
function mosaicOf(picture, [columns, rows]) {
  const cuts = (count) => {
    const shares = Array.from({ length: count }, () => between(0.7, 1.3));
    const sum = shares.reduce((a, b) => a + b);
    let at = 0;
    return shares.map((share) => {
      const from = at;
      at += share / sum;
      return [from, at];
    });
  };
  const [xs, ys] = [cuts(columns), cuts(rows)];
  const own = Math.floor(random() * columns * rows);
  return ys.flatMap(([top, bottom], row) =>
    xs.map(([left, right], column) => ({
      picture: row * columns + column === own ? picture : Math.floor(random() * names.length),
      from: cropOf(between(0.85, 1), between(0.85, 1)),
      to: [left, top, right, bottom],
      mirror: random() < 0.5,
    })),
  );
}

async function pixelsOf({ size: [width, height], tiles }) {
  const context = createCanvas(width, height).getContext('2d');
  context.imageSmoothingQuality = 'medium';
  for (const { picture, from, to, mirror } of tiles) {
    const image = await load(picture);
    const [left, right] = [Math.round(to[0] * width), Math.round(to[2] * width)];
    const [top, bottom] = [Math.round(to[1] * height), Math.round(to[3] * height)];
    const source = [
      from[0] * image.width,
      from[1] * image.height,
      (from[2] - from[0]) * image.width,
      (from[3] - from[1]) * image.height,
    ];
    context.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? left + right : 0, 0);
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.drawImage(image, ...source, left, top, right - left, bottom - top);
    context.restore();
  }
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) rgb[3 * pixel + channel] = data[4 * pixel + channel];
  }
  return new Tensor('uint8', rgb, [1, height, width, 3]);
}

/** The mean of the masks' pixels in each cell of a quarter of the input, by 4 × 4 samples. */
function targetOf({ size: [width, height], tiles }, masks, side) {
  const [cols, rows] = [width / 4, height / 4];
  const target = new Uint8Array(rows * cols);
  const n = 4;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      let sum = 0;
      for (let sub = 0; sub < n * n; sub++) {
        const x = (col + ((sub % n) + 0.5) / n) / cols;
        const y = (row + (Math.floor(sub / n) + 0.5) / n) / rows;
        const tile = tiles.find(({ to }) => x >= to[0] && x < to[2] && y >= to[1] && y < to[3]) ?? tiles.at(-1);
        const { picture, from, to, mirror } = tile;
        const across = (x - to[0]) / (to[2] - to[0]);
        const u = from[0] + (mirror ? 1 - across : across) * (from[2] - from[0]);
        const v = from[1] + ((y - to[1]) / (to[3] - to[1])) * (from[3] - from[1]);
        const clamp = (value) => Math.min(side - 1, Math.max(0, Math.floor(value * side)));
        sum += masks[picture * side * side + clamp(v) * side + clamp(u)];
      }
      target[row * cols + col] = Math.round(sum / (n * n));
    }
  }
  return target;
}

async function load(picture) {
  let image = images.get(picture);
  if (image === undefined) {
    image = await loadImage(await readFile(join(values.pictures, names[picture])));
    if (images.size > 500) images.delete(images.keys().next().value);
    images.set(picture, image);
  }
  return image;
}

async function makeViews() {
  await mkdir(values.out, { recursive: true });
  const groups = new Map();
  const input = session.inputNames[0];
  const count = Math.min(names.length, Number(values.limit ?? names.length));
  for (let picture = 0; picture < count; picture++) {
    const { width, height } = await load(picture);
    const plan = planOf(values.kind, picture, { width, height });
    const key = plan.size.join('x');
    const group = groups.get(key) ?? { files: [], views: [] };
    if (!groups.has(key)) groups.set(key, group);
    const out = await session.run({ [input]: await pixelsOf(plan) });
    for (const [position, name] of session.outputNames.entries()) {
      group.files[position] ??= await open(join(values.out, `${key}.${name}.bin`), 'w');
      const { data } = out[name];
      await group.files[position].write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    group.dims = session.outputNames.map((name) => out[name].dims.slice(1));
    group.views.push(plan);
    if (picture % 50 === 0) console.error(`${values.kind}: ${picture} of ${count}`);
  }
  for (const [key, { files, views, dims }] of groups) {
    for (const file of files) await file.close();
    await writeFile(join(values.out, `${key}.views.json`), JSON.stringify({ dims, views }));
  }
}

async function makeTargets() {
  const { side } = JSON.parse(await readFile(`${values.masks}.json`, 'utf8'));
  const masks = await readFile(values.masks);
  for (const file of await readdir(values.out)) {
    const key = /^(\d+x\d+)\.views\.json$/.exec(file)?.[1];
    if (key === undefined) continue;
    const { views } = JSON.parse(await readFile(join(values.out, file), 'utf8'));
    await writeFile(
      join(values.out, `${key}.target.bin`),
      Buffer.concat(views.map((view) => targetOf(view, masks, side))),
    );
  }
}

async function sample() {
  const PICTURES = 160;
  const CELLS = [300, 200, 100, 49];
  const input = session.inputNames[0];
  const parts = session.outputNames.map(() => []);
  const stages = [];
  for (let number = 0; number < PICTURES; number++) {
    const picture = Math.floor((number * names.length) / PICTURES);
    const { width, height } = await load(picture);
    const out = await session.run({
      [input]: await pixelsOf(planOf(['whole', 'crop', 'mosaic'][number % 3], picture, { width, height })),
    });
    for (const [position, name] of session.outputNames.entries()) {
      const {
        data,
        dims: [, channels, rows, cols],
      } = out[name];
      for (let cell = 0; cell < CELLS[position]; cell++) {
        const at = Math.floor(random() * rows * cols);
        parts[position].push(Float32Array.from({ length: channels }, (_, channel) => data[channel * rows * cols + at]));
      }
      stages[position] = [channels, parts[position].length];
    }
  }
  await writeFile(values.out, Buffer.concat(parts.flat().map(({ buffer }) => Buffer.from(buffer))));
  await writeFile(`${values.out}.json`, JSON.stringify({ stages }));
}

/** Mulberry32: the same views for the same seed. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}
