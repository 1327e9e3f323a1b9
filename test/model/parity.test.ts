import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/model/index.ts';

interface Expected {
  image: string;
  width: number;
  height: number;
  top5: { classIndex: number; label: string; logit: number; probability: number }[];
  map: { classIndex: number; rows: number; cols: number; data: number[] };
}

const folder = join(import.meta.dirname, '../fixtures/parity');
const expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as Expected[];
const model = await loadModel();

describe('the committed model agrees with the original network', () => {
  let session: InferenceSession;

  beforeAll(async () => {
    session = await InferenceSession.create(model.networkPath, { intraOpNumThreads: 2 });
  });
  afterAll(() => session.release());

  it.each(expected)('on $image alone', async (reference) => {
    const image = await readFile(join(folder, reference.image));
    check(await run([image], reference), 0, reference);
  });

  it.each(expected)('on $image in each place of a batch of four', async (reference) => {
    const image = await readFile(join(folder, reference.image));
    const upsideDown = Buffer.from(image).reverse();
    for (const place of [0, 3]) {
      const batch = Array.from({ length: 4 }, (_, i) => (i === place ? image : upsideDown));
      check(await run(batch, reference), place, reference);
    }
  });

  it('on two images in one batch', async () => {
    const [squirrel, baboon] = expected as [Expected, Expected];
    const images = await Promise.all(
      [squirrel, baboon, baboon, squirrel].map(({ image }) => readFile(join(folder, image))),
    );
    const outputs = await run(images, squirrel);
    check(outputs, 0, squirrel);
    check(outputs, 2, baboon);
  });

  it('names the classes by the same order', () => {
    for (const { top5 } of expected) {
      for (const { classIndex, label } of top5) expect(model.labels[classIndex]?.names.join(', ')).toBe(label);
    }
  });

  async function run(images: readonly Uint8Array[], { width, height }: Expected) {
    const data = new Uint8Array(Buffer.concat(images));
    const image = new Tensor('uint8', data, [images.length, height, width, 3]);
    return session.run({ [model.manifest.input.name]: image });
  }
});

/** The bounds of the issue: logits within 0.02, maps within 0.3 % of their range. */
function check(outputs: InferenceSession.OnnxValueMapType, place: number, { top5, map, width, height }: Expected) {
  const logits = outputs[model.manifest.outputs.logits] as Tensor;
  const maps = outputs[model.manifest.outputs.maps] as Tensor;
  expect(logits.dims.slice(1)).toEqual([1000]);
  expect(maps.dims.slice(1)).toEqual([1000, height / 32, width / 32]);
  expect([map.rows, map.cols]).toEqual(maps.dims.slice(2));

  const scores = (logits.data as Float32Array).subarray(place * 1000, (place + 1) * 1000);
  for (const { classIndex, logit } of top5) expect(Math.abs(scores[classIndex]! - logit)).toBeLessThan(0.02);
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  for (const { classIndex, probability } of top5) {
    expect(Math.exp(scores[classIndex]!) / total).toBeCloseTo(probability, 2);
  }
  const best = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 5);
  expect(best[0]).toBe(top5[0]!.classIndex);

  const cells = map.rows * map.cols;
  const start = (place * 1000 + map.classIndex) * cells;
  const cam = (maps.data as Float32Array).subarray(start, start + cells);
  const range = Math.max(...map.data) - Math.min(...map.data);
  const worst = Math.max(...map.data.map((value, i) => Math.abs(cam[i]! - value)));
  expect(worst / range).toBeLessThan(0.003);
}
