import type { Command } from 'commander';
import { PRECISIONS } from '../../inference/providers/precision.ts';
import { integer, list, number, oneOf } from './values.ts';

export function addLabelOptions(command: Command): Command {
  return command
    .option(
      '--labels <names>',
      'look only for these: names as bird or goldfish, WordNet ids or class indices, with commas (see heatbox labels)',
      list('--labels'),
    )
    .option('--exclude-labels <names>', 'do not look for these classes', list('--exclude-labels'))
    .option('--top-k <n>', 'localise the n best classes of a frame (default: 1)', integer('--top-k', 1, 1000))
    .option('--min-score <x>', 'least softmax probability of a class (default: 0.1)', number('--min-score', 0, 1))
    .option(
      '--threshold <x>',
      "where a box ends, as a share of its heat map's range (default: 0.4, or 0.55 for a model without outlines)",
      number('--threshold', 0.01, 0.99),
    );
}

export function addNetworkOptions(command: Command): Command {
  return command
    .option(
      '--provider <names>',
      'where the network runs: cpu, webgpu, cuda, tensorrt, coreml, directml or tfjs; with commas, a worker each, as cuda:0,cuda:1 (default: auto, the fastest here)',
    )
    .option(
      '--precision <name>',
      'what the network computes in: fp32, fp16 (GPUs) or int8 (default: auto, int8 on x86 and on ARM with dot products)',
      oneOf('--precision', PRECISIONS),
    )
    .option('--model <name|dir>', 'model (default: resnet50-imagenet)');
}
