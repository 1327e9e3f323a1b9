import { linearOf } from '../convert/cam-head.ts';
import { findHead } from '../convert/find-head.ts';
import { batchNormAffine } from '../convert/fold-batch-norm.ts';
import { type Layer, type LayersModel, readLayersModel } from '../convert/layers-model.ts';
import { unsupported } from '../convert/unsupported.ts';
import type { TfjsHead } from './network.ts';

const POOLING = 'GlobalAveragePooling2D';

/** Layers between the pooling and the head that change nothing when the network is used. */
const passing = ['Dropout', 'Flatten', 'Reshape', 'GaussianNoise'];

/** Layers that give maps another shape than their input's size asks for. */
const sizeBound = ['Reshape', 'Flatten', 'Permute', 'Resizing', 'Dense'];

/**
 * The head of a layers model.
 *
 * @throws HeatboxError `MODEL_DAMAGED`, `MODEL_UNSUPPORTED`
 */
export async function layersHead(modelJson: string): Promise<TfjsHead> {
  const model = await readLayersModel(modelJson);
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const { head } = findHead(model);
  const norms: Layer[] = [];
  let pooling = head;
  while (pooling.type !== POOLING) {
    const next = byName.get(pooling.inputs[0] ?? '');
    if (next?.type === 'BatchNormalization') norms.unshift(next);
    else if (next === undefined || ![...passing, POOLING].includes(next.type))
      throw unsupported(
        `layer ${head.name} reads ${next?.type} ${next?.name}, not a global average pooling`,
        head.name,
      );
    pooling = next;
  }
  const linear = pooling === head ? undefined : linearOf(head, affineOf(norms));
  const { stride, fixed } = geometry(model, pooling);
  return {
    pooling: pooling.name,
    ...(linear && { linear }),
    classCount: linear?.classes ?? channelsOf(byName.get(pooling.inputs[0]!), byName),
    stride,
    size: model.size,
    fixed,
  };
}

/** What batch norms behind the pooling do, one after another. */
function affineOf(norms: readonly Layer[]): { scale?: Float64Array; shift?: Float64Array } {
  return norms.map(batchNormAffine).reduce<{ scale?: Float64Array; shift?: Float64Array }>(
    (before, { scale, shift }) => ({
      scale: scale.map((factor, c) => factor * (before.scale?.[c] ?? 1)),
      shift: shift.map((offset, c) => offset + scale[c]! * (before.shift?.[c] ?? 0)),
    }),
    {},
  );
}

function geometry({ layers }: LayersModel, pooling: Layer): { stride: number; fixed: boolean } {
  /** Input pixels a cell of a layer's output; absent for what has been pooled. */
  const strides = new Map<string, number>();
  let fixed = false;
  for (const layer of layers) {
    if (layer === pooling) break;
    if (layer.type === POOLING) continue;
    const before = layer.inputs.map((name) => strides.get(name)).filter((known) => known !== undefined);
    if (layer.inputs.length > 0 && before.length === 0) continue;
    fixed ||= sizeBound.includes(layer.type);
    strides.set(layer.name, Math.max(1, ...before) * stepOf(layer));
  }
  return { stride: strides.get(pooling.inputs[0]!) ?? 1, fixed };
}

function stepOf({ type, config }: Layer): number {
  const first = (setting: unknown, otherwise: number) => Number([setting ?? otherwise].flat()[0]);
  if (/^(Depthwise|Separable)?Conv2D$/.test(type)) return first(config.strides, 1);
  if (/^(Max|Average)Pooling2D$/.test(type)) return first(config.strides, first(config.pool_size, 2));
  return type === 'UpSampling2D' ? 1 / first(config.size, 2) : 1;
}

function channelsOf(layer: Layer | undefined, byName: ReadonlyMap<string, Layer>): number {
  if (layer === undefined) throw unsupported('the number of maps it pools is not known');
  const { kernel, pointwise_kernel: pointwise, beta, moving_mean: mean } = layer.weights;
  const shape = (kernel ?? pointwise ?? beta ?? mean)?.shape;
  return shape?.at(-1) ?? channelsOf(byName.get(layer.inputs[0] ?? ''), byName);
}
