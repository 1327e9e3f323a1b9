import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { FeatureMap } from '../cam/feature-map.ts';
import { createNamer } from '../model/naming.ts';
import { readOnnx, writeOnnx } from '../model/onnx/index.ts';
import { type Refinable, refinable } from '../model/variants/index.ts';
import type { CamMap, ClassMaps } from '../types.ts';
import type { EngineOptions, Lack, RefineOptions } from './engine.ts';
import { chosenTargets, type FrameFeatures, refineMaps, unionTarget } from './refine.ts';

/** The variant of a network whose maps can be refined, and what does that with a run's outputs. */
export interface Refiner {
  /** The variant as an ONNX file; what it computes is the same. */
  readonly network: Uint8Array;
  /**
   * @param outputs Of the run that gave `maps`.
   * @param unions See `Engine.run`.
   * @returns the same maps with `refined`.
   */
  refine(
    maps: ClassMaps[],
    outputs: InferenceSession.OnnxValueMapType,
    unions?: readonly (readonly number[])[],
  ): Promise<ClassMaps[]>;
  release(): Promise<void>;
}

/**
 * Makes a network's maps refinable. Where its architecture does not allow that, `lacks` says so, and `refiner` is absent
 * or does without the gradient.
 *
 * @throws HeatboxError `MODEL_DAMAGED`
 */
export async function openRefiner(
  { onnxPath, names }: EngineOptions,
  options: RefineOptions,
  session: InferenceSession.SessionOptions,
): Promise<{ refiner?: Refiner; lacks?: Lack }> {
  const variant = refinable(readOnnx(await readFile(onnxPath)), names.maps, options.gradient);
  if (variant === undefined) return { lacks: 'stages' };
  const { gradient } = variant;
  const namer = options.groups && createNamer(options.groups);
  const backwards = gradient && (await InferenceSession.create(writeOnnx(gradient.model), withFloatWeights(session)));
  const refine: Refiner['refine'] = async (maps, outputs, unions) => {
    const features = maps.map((_, position) => featuresOf(variant!, outputs, position));
    const frames = maps.map((one, position) => ({
      maps: one,
      features: features[position]!,
      targets: unions ? unionTarget(one.logits, unions[position]!) : chosenTargets(one.logits, options, namer),
    }));
    const layerMaps =
      backwards && ((rows: readonly Float32Array[]) => runBackwards(backwards, gradient!.activations, outputs, rows));
    const refined = await refineMaps(frames, variant!.weights, layerMaps);
    return maps.map((one, position) => ({ ...one, refined: refined[position]! }));
  };

  return {
    ...(options.gradient && backwards === undefined ? { lacks: 'gradient' } : {}),
    refiner: {
      network: writeOnnx(variant.model),
      refine,
      release: async () => backwards?.release(),
    },
  };
}

/** Weights in 8 bits are made float once, instead of in every run: nothing here is computed in 8 bits. */
function withFloatWeights(session: InferenceSession.SessionOptions): InferenceSession.SessionOptions {
  return { ...session, extra: { session: { disable_quant_qdq: '1' } } };
}

function featuresOf(
  { stages, affinities }: Refinable,
  outputs: InferenceSession.OnnxValueMapType,
  position: number,
): FrameFeatures {
  return {
    last: featureMap(outputs[stages.last] as Tensor, position),
    affinities: affinities.map(({ affinity, grid }) => {
      const [rows, cols] = [...((outputs[grid] as Tensor).data as BigInt64Array)].map(Number) as [number, number];
      return { rows, cols, data: ofFrame(outputs[affinity] as Tensor, position) };
    }),
  };
}

function featureMap(tensor: Tensor, position: number): FeatureMap {
  const [, channels = 0, rows = 0, cols = 0] = tensor.dims;
  return { channels, rows, cols, data: ofFrame(tensor, position) };
}

/** The part of a batch's tensor that is one frame's. */
function ofFrame({ dims, data }: Tensor, position: number): Float32Array {
  const values = data.length / dims[0]!;
  return (data as Float32Array).subarray(position * values, (position + 1) * values);
}

async function runBackwards(
  session: InferenceSession,
  activations: readonly string[],
  outputs: InferenceSession.OnnxValueMapType,
  rows: readonly Float32Array[],
): Promise<CamMap[]> {
  const channels = rows[0]!.length;
  const weights = new Float32Array(rows.length * channels);
  for (const [position, row] of rows.entries()) weights.set(row, position * channels);
  const feeds = Object.fromEntries(activations.map((name) => [name, outputs[name] as Tensor]));
  const { map } = await session.run({
    ...feeds,
    weights: new Tensor('float32', weights, [rows.length, channels, 1, 1]),
  });
  const [, height, width] = map!.dims as [number, number, number];
  const cells = height * width;
  const values = map!.data as Float32Array;
  try {
    return rows.map((_, position) => ({
      rows: height,
      cols: width,
      data: values.slice(position * cells, (position + 1) * cells),
    }));
  } finally {
    map!.dispose();
  }
}
