/**
 * Runs merged graphs over a few pictures for `check.py`: `node check.mjs --merged merged.onnx --pictures DIR --out DIR`.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const { values } = parseArgs({
  options: { merged: { type: 'string' }, pictures: { type: 'string' }, out: { type: 'string' } },
});
await mkdir(values.out, { recursive: true });
const session = await InferenceSession.create(values.merged, { intraOpNumThreads: 1, logSeverityLevel: 4 });
const names = (await readdir(values.pictures)).sort().slice(0, 6);
const told = [];
for (const [width, height, pair] of [
  [224, 224, names.slice(0, 2)],
  [288, 160, names.slice(2, 4)],
  [320, 320, names.slice(4, 5)],
]) {
  const frames = [];
  for (const name of pair) {
    const context = createCanvas(width, height).getContext('2d');
    context.drawImage(await loadImage(await readFile(join(values.pictures, name))), 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    frames.push(data.filter((_, at) => at % 4 !== 3));
  }
  const input = new Tensor('uint8', Uint8Array.from(frames.flatMap((frame) => [...frame])), [
    pair.length,
    height,
    width,
    3,
  ]);
  const out = await session.run({ [session.inputNames[0]]: input });
  for (const [name, { data, dims }] of Object.entries(out)) {
    const file = `${told.length}.bin`;
    await writeFile(join(values.out, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    told.push({ size: `${width}x${height}`, name, dims, file });
  }
}
await writeFile(join(values.out, 'check.json'), JSON.stringify(told));
