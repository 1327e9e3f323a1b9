#!/usr/bin/env node
/**
 * Makes the background of a model, against which classes are taught: the pooled features of every other picture of a folder,
 * 4 bits per channel. Writes `background.onnx` into the model's folder and its hash into the manifest.
 *
 *   node scripts/make-background.mjs <folder of pictures of all kinds of things> [model folder]
 *
 * Needs `npm run build`.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEngine } from '../dist/src/inference/open-engine.js';
import { readImage } from '../dist/src/media/input/read-image.js';
import { loadModel } from '../dist/src/model/index.js';
import { writeBackground } from '../dist/src/model/teach/background.js';
import { pooledViews, VIEWS } from '../dist/src/operators/pooled-views.js';

const [pictures, which] = process.argv.slice(2);
const model = await loadModel(which);
const files = (await readdir(pictures)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
const chosen = files.filter((_, position) => position % 2 === 0);
const engine = await openEngine(model, { refine: { dilate: false } });
const background = [];
try {
  for (const file of chosen) {
    const [features] = await pooledViews(await readImage(join(pictures, file)), model, engine, VIEWS.slice(0, 1));
    background.push(features);
  }
} finally {
  await engine.close();
}
const bytes = writeBackground(background);
const path = 'background.onnx';
await writeFile(join(model.dir, path), bytes);
const manifestPath = join(model.dir, 'manifest.json');
const manifest = JSON.parse(await readFile(manifestPath, 'utf8'));
const { labels, ...networks } = manifest.files;
const sha256 = createHash('sha256').update(bytes).digest('hex');
const about = { path, sha256, bytes: bytes.length, pictures: `${chosen.length} training pictures of ImageNet` };
manifest.files = { ...networks, background: about, labels };
await writeFile(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`${join(model.dir, path)}: ${chosen.length} pictures, ${bytes.length} bytes`);
