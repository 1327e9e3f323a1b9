import { table } from './option.ts';

/** Making, fetching and listing models. */
export const modelOptions = table({
  labels: {
    type: 'text',
    form: 'file',
    words: 'names of the classes, in the order of the output; "imagenet" for its 1000',
  },
  preprocess: {
    type: 'text',
    form: 'name',
    words: 'how the network wants its input: imagenet, caffe, tf, unit or raw',
    absent: 'guessed',
  },
  name: { type: 'text', form: 'name', words: 'name to keep the model under', absent: "the file's" },
  output: { type: 'text', form: 'name', words: 'the output with the logits, if the network has several' },
  folder: { type: 'text', flag: 'output', short: 'o', form: 'dir', required: true, words: 'the model folder to write' },
  registry: { type: 'text', form: 'file', words: 'the list of models', absent: 'the one that ships with heatbox' },
  offline: { type: 'switch', words: 'use no network: take what was downloaded before (also with HEATBOX_OFFLINE=1)' },
  calibrate: {
    type: 'paths',
    form: 'path',
    required: true,
    words: 'images, folders of images, or clips like those it will be used on',
  },
  pictures: { type: 'integer', range: [1, 10_000], default: 64, words: 'how many of them to take' },
  tree: { type: 'switch', words: 'all classes as a tree' },
});
