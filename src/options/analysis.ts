import { table } from './option.ts';

/** What is looked for in a frame, and how. */
export const analysisOptions = table({
  labels: {
    type: 'list',
    words:
      'look only for these classes and groups: names such as bird or goldfish, WordNet ids or class indices (see heatbox labels)',
    absent: 'all classes',
  },
  excludeLabels: { type: 'list', words: 'do not look for these classes and groups' },
  topK: {
    type: 'integer',
    range: [1, 1000],
    default: 1,
    words: "how many of a frame's most probable classes to localise",
  },
  minScore: { type: 'number', range: [0, 1], default: 0.1, words: 'least softmax probability of a class' },
  threshold: {
    type: 'number',
    range: [0.01, 0.99],
    words: "where a box ends, as a share of its heat map's range",
    absent: '0.4, or 0.55 for a model without outlines',
  },
  accuracy: {
    type: 'choice',
    of: ['fast', 'balanced', 'accurate'],
    default: 'fast',
    words: 'work that goes into a frame: fast, balanced (1.7 times) or accurate (3.4 times)',
  },
  inputSize: {
    type: 'text',
    form: 'WxH',
    words: 'size of what the network sees, as WIDTHxHEIGHT in multiples of 32',
    absent: "about 224×224 pixels, twice as many if accurate, at the source's aspect",
  },
  stride: {
    type: 'stride',
    range: [1, 1000],
    default: 'auto',
    words:
      'run the network on every nth frame at most, or with auto where it is worth it; boxes between follow the motion',
  },
  tracks: { type: 'switch', default: true, words: 'show the boxes of each frame without following them' },
});

/** The network, and where it runs. */
export const networkOptions = table({
  model: { type: 'text', form: 'name|dir', default: 'resnet50-imagenet', words: 'the model: its name or its folder' },
  provider: {
    type: 'text',
    form: 'names',
    default: 'auto',
    words:
      'where the network runs: cpu, webgpu, cuda, tensorrt, coreml, directml or tfjs; several, comma-separated, are a worker each, e.g. cuda:0,cuda:1',
    absent: 'auto, the fastest here',
  },
  precision: {
    type: 'choice',
    of: ['auto', 'fp32', 'fp16', 'int8'],
    default: 'auto',
    words: 'what the network computes in: fp32, fp16 (GPUs) or int8',
    absent: 'auto, which is int8 on x86 and on ARM with dot products',
  },
  threads: {
    type: 'integer',
    range: [1, 256],
    words: 'threads of the network',
    absent: 'all cores',
  },
  batch: { type: 'integer', range: [1, 64], default: 4, words: 'most frames that the network takes at once' },
  batchWaitSeconds: {
    type: 'number',
    range: [0, 1],
    unit: 'seconds',
    default: 0.02,
    words: 'how long a batch waits to fill up',
  },
});
