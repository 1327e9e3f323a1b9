import { describe, expect, it } from 'vitest';
import { readBackground, writeBackground } from '../../../src/model/teach/background.ts';
import { readHead, writeHead } from '../../../src/model/teach/head.ts';
import { fitLogistic, innerProducts } from '../../../src/model/teach/logistic.ts';
import { checkCounts, reportTraining } from '../../../src/model/teach/report.ts';
import { type Example, trainHead } from '../../../src/model/teach/train-head.ts';

const CHANNELS = 64;

/** Numbers from 0 to 1 that are the same every time. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Features of something that excites every fourth channel from `first` on, or none. */
function features(random: () => number, first?: number): Float32Array {
  return Float32Array.from({ length: CHANNELS }, (_, channel) => random() + (channel % 4 === first ? 1 : 0));
}

const random = randoms(7);
const background = Array.from({ length: 200 }, () => features(random));
const examples: Example[] = [0, 1].flatMap((classIndex) =>
  Array.from({ length: 5 }, () => ({
    classIndex,
    views: [features(random, classIndex), features(random, classIndex)],
  })),
);
const trained = trainHead(examples, 2, background);

function logits({ head }: typeof trained, x: Float32Array): number[] {
  return [0, 1].map((index) =>
    x.reduce((sum, value, at) => sum + head.weights[index * CHANNELS + at]! * Math.sqrt(value), head.bias[index]!),
  );
}

describe('a head that is trained on a few pictures', () => {
  it('knows new pictures of its classes, and what is none of them', () => {
    const fresh = randoms(99);
    for (let round = 0; round < 50; round++) {
      const [first, second] = logits(trained, features(fresh, 0)) as [number, number];
      expect(first).toBeGreaterThan(0);
      expect(second).toBeLessThan(0);
    }
    const wrong = Array.from({ length: 200 }, () => logits(trained, features(fresh))).filter((z) => Math.max(...z) > 0);
    expect(wrong.length).toBeLessThanOrEqual(10);
  });

  it('draws maps by the channels that a class excites', () => {
    const own = trained.head.maps.subarray(0, CHANNELS);
    const mean = (rest: boolean) => own.filter((_, at) => (at % 4 !== 0) === rest).reduce((a, b) => a + b) / CHANNELS;
    expect(mean(false)).toBeGreaterThan(5 * Math.abs(mean(true)));
  });

  it('is the same from the same pictures', () => {
    expect(writeHead(trainHead(examples, 2, background).head)).toEqual(writeHead(trained.head));
  });

  it('needs no background if there are several classes', () => {
    const alone = trainHead(examples, 2, []);
    const [first, second] = logits(alone, features(randoms(5), 1)) as [number, number];
    expect(second).toBeGreaterThan(first);
  });

  it('finds the picture that lies in the wrong folder, and names its class', () => {
    const swapped = examples.map((example, at) => (at === 3 ? { ...example, classIndex: 1 } : example));
    const { unseen } = trainHead(swapped, 2, background);
    const { classes, doubtful } = reportTraining(swapped, 2, unseen);
    expect(doubtful[0]).toMatchObject({ position: 3, takenFor: 0 });
    expect(classes[1]!.recall).toBeLessThan(1);
    expect(reportTraining(examples, 2, trained.unseen).doubtful).toEqual([]);
  });

  it('survives its file', () => {
    expect(readHead(writeHead(trained.head), 'head.onnx')).toEqual(trained.head);
    expect(() => readHead(writeBackground(background), 'head.onnx')).toThrow(
      expect.objectContaining({ code: 'MODEL_DAMAGED' }),
    );
  });
});

it('keeps a background within a thirtieth of each channel’s greatest root', () => {
  const back = readBackground(writeBackground(background), 'background.onnx');
  for (const [row, values] of back.entries()) {
    for (const [at, value] of values.entries()) {
      expect(Math.abs(Math.sqrt(value) - Math.sqrt(background[row]![at]!))).toBeLessThan(1 / 29);
    }
  }
});

it('fits a regression to where its penalised likelihood is flat', () => {
  const rows = Array.from({ length: 12 }, () => features(random).map((value) => value - 0.5));
  const targets = rows.map((_, at) => at % 2);
  const weights = rows.map((_, at) => 1 + (at % 3));
  const products = innerProducts(rows);
  const shares = fitLogistic(products, 12, { rows: rows.map((_, at) => at), targets, weights });
  for (const [row, share] of shares.entries()) {
    const score = shares.reduce((sum, one, at) => sum + one * products[row * 12 + at]!, 0);
    expect(share).toBeCloseTo(weights[row]! * (targets[row]! - 1 / (1 + Math.exp(-score))), 3);
  }
});

it.each([
  ['one picture', { raccoon: 1 }, true, 'TEACH_TOO_FEW'],
  ['an only class and nothing else', { raccoon: 5 }, false, 'TEACH_ONE_CLASS'],
  ['more pictures than training takes', { raccoon: 10_000 }, true, 'TEACH_TOO_MANY'],
])('refuses %s', (_, counts, hasRest, code) => {
  expect(() => checkCounts(new Map(Object.entries(counts) as [string, number][]), hasRest)).toThrow(
    expect.objectContaining({ code }),
  );
});
