import type { Tensor } from 'onnxruntime-node';
import { type OnnxModel, referToWeights, writeOnnx } from '../../model/onnx/index.ts';
import { type Refinable, refinable } from '../../model/variants/index.ts';
import type { CamMap, Features } from '../../types.ts';

export interface RefineOptions {
  /**
   * Dilate the network's last stage in the place of its stride: maps with four times the cells for about two thirds more
   * arithmetic. Where its architecture does not allow that, maps have the cells they have.
   */
  readonly dilate: boolean;
}

/** A variant of a network, by itself: any thread can load it. */
export interface RefinableNetwork extends Pick<Refinable, 'stages' | 'affinities' | 'outline' | 'weights'> {
  /** An ONNX file whose weights are in the network's own file, beside which it is to be loaded. */
  readonly network: Uint8Array;
}

/**
 * The variant of a network that also gives what its maps are refined with; nothing where its architecture does not allow
 * that.
 *
 * @param stored The network as `readOnnx` gave it, or one made from that.
 * @param file The ONNX file it was read from; `location` is the file's name.
 * @param maps Name of its class maps.
 * @param decoder Its decoder of outlines, if it has one.
 * @returns it, and the same with all weights, some of them views of `bytes`.
 */
export function readRefinable(
  stored: OnnxModel,
  { bytes, location }: { readonly bytes: Uint8Array; readonly location: string },
  maps: string,
  { dilate }: RefineOptions,
  decoder?: OnnxModel,
): { variant: RefinableNetwork; model: OnnxModel } | undefined {
  const refined = refinable(stored, maps, dilate, decoder);
  if (refined === undefined) return undefined;
  const { stages, affinities, outline, weights, model } = refined;
  const network = writeOnnx(referToWeights(model, bytes, location));
  return { variant: { network, stages, affinities, ...(outline && { outline }), ...(weights && { weights }) }, model };
}

/**
 * What a run of such a network gives for one of its inputs: views of the outputs.
 *
 * @param position Of the input in the batch.
 */
export function featuresOf(
  { stages, affinities, outline }: Pick<Refinable, 'stages' | 'affinities' | 'outline'>,
  outputs: Readonly<Record<string, Tensor>>,
  position: number,
): Features {
  const last = outputs[stages.last]!;
  const [, channels = 0, rows = 0, cols = 0] = last.dims;
  return {
    last: { channels, rows, cols, data: ofInput(last, position) },
    affinities: affinities.map(({ affinity, grid }) => {
      const [rows, cols] = [...(outputs[grid]!.data as BigInt64Array)].map(Number) as [number, number];
      return { rows, cols, data: ofInput(outputs[affinity]!, position) };
    }),
    ...(outline && { outline: mapOf(outputs[outline]!, position) }),
  };
}

function mapOf(output: Tensor, position: number): CamMap {
  const [, , rows = 0, cols = 0] = output.dims;
  return { rows, cols, data: ofInput(output, position) };
}

/** The part of a batch's tensor that is one input's: a view. */
export function ofInput({ dims, data }: Tensor, position: number): Float32Array {
  const values = data.length / dims[0]!;
  return (data as Float32Array).subarray(position * values, (position + 1) * values);
}
