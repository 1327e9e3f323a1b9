import type { Command } from 'commander';
import { PRECISIONS } from '../../inference/providers/precision.ts';
import type { TeachFlags } from '../runs/teach.ts';
import { integer, oneOf } from './values.ts';

export function addTeach(program: Command): void {
  program
    .command('teach')
    .description('teach new classes from a few pictures each, without boxes, and keep them as a model')
    .argument(
      '<dir|file...>',
      'a folder with one folder of pictures or clips per class (none/: no class), or files of one class',
    )
    .requiredOption('--name <name>', 'name of the model, and of its only class if files are given')
    .option('--negatives <dir>', 'pictures that show none of the classes')
    .option('--keep-imagenet', 'keep the classes of the model that it is taught on')
    .option('--from <model>', 'the model that it is taught on (default: resnet50-imagenet)')
    .option('--force', 'replace a model of that name')
    .option('--sheet <png>', 'draw the boxes on the pictures')
    .option(
      '--precision <name>',
      'what the network computes in: fp32, fp16 or int8 (default: auto)',
      oneOf('--precision', PRECISIONS),
    )
    .option('--threads <n>', 'threads of the network (default: all cores)', integer('--threads', 1, 256))
    .option('--quiet', 'no progress')
    .action(async (paths: string[], flags: TeachFlags) => {
      const { runTeach } = await import('../runs/teach.ts');
      await runTeach(paths, flags);
    });
}
