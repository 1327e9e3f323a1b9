import { HeatboxError } from '../error.ts';
import type { Engine } from '../inference/engine.ts';
import type { StillImage, View } from '../media/input/read-image.ts';
import { chooseInputSize, type Model } from '../model/index.ts';
import type { ClassMaps, ModelInput } from '../types.ts';

/** The whole picture first. */
const WHOLE = [0, 0, 1, 1] as const;
const MIDDLE = [0.15, 0.15, 0.85, 0.85] as const;
export const VIEWS: readonly View[] = [
  { box: WHOLE, flipped: false },
  { box: WHOLE, flipped: true },
  { box: MIDDLE, flipped: false },
  { box: MIDDLE, flipped: true },
];

/**
 * What the network pools of a picture's views: the means of its last stage's channels.
 *
 * @param engine One that gives features.
 * @throws HeatboxError `TEACH_NO_POOLING` if the network gives none.
 */
export async function pooledViews(
  image: StillImage,
  model: Model,
  engine: Engine,
  views: readonly View[] = VIEWS,
): Promise<Float32Array[]> {
  const { width, height } = image.display;
  const inputs = views.map((view) => {
    const [x0, y0, x1, y1] = view.box;
    return image.input(chooseInputSize({ width: width * (x1 - x0), height: height * (y1 - y0) }, model), view);
  });
  return pooledInputs(inputs, engine);
}

/** The same of inputs of any sizes. */
export function pooledInputs(inputs: readonly ModelInput[], engine: Engine): Promise<Float32Array[]> {
  return Promise.all(
    inputs.map(async (input) => {
      const [maps] = await engine.run([input]);
      const features = pooled(maps!);
      maps!.release?.();
      return features;
    }),
  );
}

function pooled({ features }: ClassMaps): Float32Array {
  if (features?.weights === undefined) {
    throw new HeatboxError(
      'TEACH_NO_POOLING',
      'the network does not end in global average pooling and a linear layer',
      {
        kind: 'usage',
        hint: 'Teach a model whose class maps come from a linear layer, e.g. --from resnet50-imagenet.',
      },
    );
  }
  const { channels, rows, cols, data } = features.last;
  const cells = rows * cols;
  const means = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let at = channel * cells; at < (channel + 1) * cells; at++) sum += data[at]!;
    means[channel] = sum / cells;
  }
  return means;
}
