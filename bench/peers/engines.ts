/**
 * The engines and providers that are here beside each other: the same ResNet-50, the same batches, in one run, in turns.
 * `engines.js` prints a table; what is not here is named with the reason. Called by `npm run bench`.
 */
import { availableParallelism, cpus } from 'node:os';
import { HeatboxError } from '../../src/error.ts';
import type { Engine } from '../../src/inference/engine.ts';
import { openEngine } from '../../src/inference/open-engine.ts';
import type { PrecisionWish } from '../../src/inference/providers/precision.ts';
import { wantsTfjs } from '../../src/inference/providers/providers.ts';
import { openOnnx } from '../../src/inference/sessions/open-onnx.ts';
import { loadModel } from '../../src/model/index.ts';
import type { ModelInput } from '../../src/types.ts';
import { median } from '../median.ts';

const PLACES: readonly (readonly [provider: string, precision?: PrecisionWish])[] = [
  ['cpu', 'fp32'],
  ['cpu', 'int8'],
  ['cpu,cpu', 'fp32'],
  ['cpu,cpu', 'int8'],
  ...['webgpu', 'cuda', 'tensorrt', 'coreml', 'directml'].map((provider) => [provider] as const),
  ...['tfjs-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-wasm,tfjs-wasm'].map((provider) => [provider] as const),
];
const ROUNDS = 3;
const SECONDS_A_ROUND = 2.5;
const BATCH = 4;
/** What a frame of 16:9 becomes. */
const SIZE = { width: 288, height: 160 };

interface Row {
  readonly provider: string;
  readonly engine: Engine;
  readonly opening: number;
  readonly rates: number[];
  readonly logits: readonly Float32Array[];
}

const batch = Array.from({ length: BATCH }, (_, seed) => picture(seed + 1));
const rows: Row[] = [];
const absent: { provider: string; reason: string }[] = [];

for (const [provider, precision] of PLACES) {
  const began = performance.now();
  try {
    const providers = provider.split(',');
    const tfjs = wantsTfjs(providers);
    const model = await loadModel(tfjs ? 'resnet50-tfjs' : undefined, { open: openOnnx, tfjs });
    const engine = await openEngine(model, { providers, precision, accuracy: 'plain' });
    const first = await engine.run(batch).catch(async (error: unknown) => {
      await engine.close();
      throw error;
    });
    const opening = (performance.now() - began) / 1000;
    const logits = first.map((maps) => maps.logits);
    rows.push({ provider, engine, opening, rates: [], logits });
  } catch (error) {
    if (!(error instanceof HeatboxError)) throw error;
    const hint = error.code === 'MODEL_NOT_FOUND' ? error.hint : undefined;
    absent.push({
      provider: precision === undefined ? provider : `${provider} ${precision}`,
      reason: reasonOf(hint ?? error.message),
    });
  }
}
for (let round = 0; round < ROUNDS; round++) for (const row of rows) row.rates.push(await rateOf(row.engine));
print();
await Promise.all(rows.map(({ engine }) => engine.close()));

/** Frames a second, with a batch waiting at the door of each worker. */
async function rateOf(engine: Engine): Promise<number> {
  const began = performance.now();
  const until = began + SECONDS_A_ROUND * 1000;
  let frames = 0;
  const lane = async () => {
    do {
      await engine.run(batch);
      frames += BATCH;
    } while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: (engine.workers ?? 1) + 1 }, lane));
  return (frames / (performance.now() - began)) * 1000;
}

function print(): void {
  const cpu = `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`;
  const say = (...cells: string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  process.stdout.write(
    `\nResNet-50 at ${SIZE.width}x${SIZE.height}, batches of ${BATCH}, medians of ${ROUNDS} rounds in turns (${cpu})\n\n`,
  );
  say('provider', 'precision', 'frames/s', 'of the first', 'opens in', "logits' difference");
  say('---', '---', '---', '---', '---', '---');
  const first = rows[0]!;
  for (const { provider, engine, rates, opening, logits } of rows) {
    const share = median(rates.map((rate, round) => rate / first.rates[round]!));
    const apart = Math.max(...logits.map((one, frame) => distance(one, first.logits[frame]!)));
    say(
      provider,
      engine.precision ?? 'fp32',
      median(rates).toFixed(1),
      share.toFixed(2),
      `${opening.toFixed(1)} s`,
      apart === 0 ? '0' : apart.toExponential(0),
    );
  }
  for (const { provider, reason } of absent) say(provider, '', 'not measured', '', '', reason);
}

/** In a cell of the table. */
function reasonOf(message: string): string {
  return message.replace(/^the provider "[^"]*" is not available: /, '').split(' (')[0]!;
}

/** Blocks of colours, the same for the same seed. */
function picture(seed: number): ModelInput {
  const { width, height } = SIZE;
  const data = new Uint8Array(width * height * 3).map((_, index) => {
    const [x, y] = [(Math.floor(index / 3) % width) >> 4, Math.floor(index / 3 / width) >> 4];
    return (seed * 67 + x * 41 + y * 89 + (index % 3) * 113 + x * y * 7) & 0xff;
  });
  return { width, height, data };
}

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}
