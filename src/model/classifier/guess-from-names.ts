import type { LayersModel } from '../convert/layers-model.ts';
import { type PreprocessingName, preprocessings } from '../preprocessing.ts';
import type { PreprocessingGuess } from './guess-preprocessing.ts';

/** How Keras' own networks were trained (`keras.applications`), by their names. */
const known: readonly (readonly [RegExp, PreprocessingName])[] = [
  [/resnet\d*v2|mobilenet|inception|xception|nasnet/, 'tf'],
  [/resnet|vgg/, 'caffe'],
  [/densenet/, 'imagenet'],
  [/efficientnet|convnext/, 'raw'],
];

/**
 * How a network of Keras' most likely wants its input: by what it does first, and by what it and the networks it was
 * made from are called.
 *
 * @param network - undefined where only the name is known.
 * @param name - of its file or folder.
 */
export function guessFromNames(network: LayersModel | undefined, name: string): PreprocessingGuess {
  const first = network?.layers.find(({ type }) => type !== 'InputLayer' && !type.startsWith('Random'));
  if (first?.type === 'Rescaling' || first?.type === 'Normalization')
    return guess('raw', `it scales its input itself (${first.type} layer '${first.name}')`);
  for (const called of [name, ...(network?.models ?? [])]) {
    const [, name] = known.find(([pattern]) => pattern.test(called.toLowerCase())) ?? [];
    if (name !== undefined) return guess(name, `of the name '${called}'`);
  }
  return guess('unit', "it does not scale its input itself, and its name is none of Keras' networks'");
}

function guess(name: PreprocessingName, because: string): PreprocessingGuess {
  return { name, preprocessing: preprocessings[name], because };
}
