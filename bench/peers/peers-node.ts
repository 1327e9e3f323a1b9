/**
 * A peer of `npm run bench peers`: `peers-node.js onnx|tfjs <clip> <width> <height> <most seconds>`, a loop as it is first
 * written. The ffmpeg command decodes and scales into a pipe, the network runs frame by frame on the main thread, and the
 * best class's map becomes a box. Prints `{frames, seconds, version}` as JSON; exits with 3 where something is missing.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { HeatboxError } from '../../src/error.ts';
import { openTfjsSession } from '../../src/inference/tfjs/tfjs-session.ts';
import { loadModel } from '../../src/model/index.ts';
import type { Box, ClassMaps } from '../../src/types.ts';

interface Network {
  readonly version: string;
  /** @param pixels - `[height, width, 3]` RGB bytes. */
  run(pixels: Uint8Array): Promise<Pick<ClassMaps, 'maps' | 'logits' | 'rows' | 'cols'>>;
}

const [engine, clip, ...numbers] = process.argv.slice(2) as ['onnx' | 'tfjs', string, ...string[]];
const [width, height, mostSeconds] = numbers.map(Number) as [number, number, number];
const frameBytes = width * height * 3;
try {
  const network = await { onnx: openOnnx, tfjs: openTfjs }[engine]();
  for (let run = 0; run < 2; run++) await network.run(new Uint8Array(frameBytes));
  process.stdout.write(JSON.stringify({ ...(await loop(network)), version: network.version }));
} catch (error) {
  if (!(error instanceof HeatboxError)) throw error;
  process.stderr.write(`${error.hint ?? error.message}\n`);
  process.exitCode = 3;
}

async function loop(network: Network): Promise<{ frames: number; seconds: number }> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  let frames = 0;
  for await (const pixels of decode()) {
    const { maps, logits, rows, cols } = await network.run(pixels);
    const best = logits.indexOf(Math.max(...logits));
    boxOf(maps!.subarray(best * rows * cols, (best + 1) * rows * cols), cols);
    frames++;
    if (elapsed() > mostSeconds) break;
  }
  return { frames, seconds: elapsed() };
}

async function* decode(): AsyncGenerator<Uint8Array> {
  const output = ['-vf', `scale=${width}:${height}`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
  const ffmpeg = spawn('ffmpeg', ['-v', 'fatal', '-i', clip, ...output], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let rest = Buffer.alloc(0);
    for await (const chunk of ffmpeg.stdout) {
      rest = Buffer.concat([rest, chunk]);
      for (; rest.length >= frameBytes; rest = rest.subarray(frameBytes)) yield rest.subarray(0, frameBytes);
    }
  } finally {
    ffmpeg.kill();
  }
}

/** Around the cells above half of the map's range, in cells. */
function boxOf(map: Float32Array, cols: number): Box {
  const least = Math.min(...map);
  const threshold = least + (Math.max(...map) - least) / 2;
  const cells = [...map.keys()].filter((cell) => map[cell]! >= threshold);
  const xs = cells.map((cell) => cell % cols);
  const ys = cells.map((cell) => Math.floor(cell / cols));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

async function openOnnx(): Promise<Network> {
  const { networkPath } = await loadModel();
  const session = await InferenceSession.create(networkPath);
  return {
    version: `onnxruntime-node ${versionOf('onnxruntime-node')}`,
    async run(pixels) {
      const { maps, logits } = await session.run({ image: new Tensor('uint8', pixels, [1, height, width, 3]) });
      const [, , rows, cols] = maps!.dims as [number, number, number, number];
      return { maps: maps!.data as Float32Array, logits: logits!.data as Float32Array, rows, cols };
    },
  };
}

/** The same network as TensorFlow.js has it; its linear layer is laid before the pooling by heatbox. */
async function openTfjs(): Promise<Network> {
  const { manifest, tfjs, networkPath } = await loadModel('resnet50-tfjs', { tfjs: true });
  const session = await openTfjsSession({
    onnxPath: networkPath,
    tfjs: tfjs!,
    multipleOf: manifest.input.multipleOf,
    names: { input: manifest.input.name, ...manifest.outputs },
    size: { width, height },
    provider: 'tfjs-wasm',
  });
  return {
    version: `tfjs-backend-wasm ${versionOf('@tensorflow/tfjs-backend-wasm')}`,
    run: async (data) => (await session.run([{ data, width, height }]))[0]!,
  };
}

function versionOf(name: string): string {
  return createRequire(import.meta.url)(`${name}/package.json`).version;
}
