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

/** Teaching new classes. */
export const teachOptions = table({
  name: {
    type: 'text',
    form: 'name',
    required: true,
    words: 'name of the model, and of its only class if files are given',
  },
  negatives: { type: 'text', form: 'dir', words: 'pictures that show none of the classes' },
  keepImagenet: { type: 'switch', words: 'keep the classes of the model that it is taught on' },
  from: { type: 'text', form: 'model', words: 'the model that it is taught on', absent: 'resnet50-imagenet' },
  sheet: { type: 'text', form: 'png', words: 'draw the boxes on the pictures' },
  output: { type: 'text', form: 'file', short: 'o', required: true, words: 'the ONNX file to write' },
});
