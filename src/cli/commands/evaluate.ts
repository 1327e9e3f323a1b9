import type { Command } from 'commander';
import { HeatboxError } from '../../error.ts';
import type { EvaluateFlags } from '../runs/evaluate.ts';
import { addOptions } from './add-options.ts';

export function addEvaluate(program: Command): void {
  addOptions(
    program
      .command('evaluate')
      .description('measure the boxes on your own images or clips, beside a box in the middle of the picture'),
    'evaluate',
  ).action(async (flags: EvaluateFlags) => {
    const { images, boxes, video } = flags;
    if ((images === undefined) === (video === undefined) || (images === undefined) !== (boxes === undefined)) {
      throw new HeatboxError('BAD_USAGE', 'give either --images with --boxes, or --video', {
        kind: 'usage',
        hint: 'See heatbox evaluate --help.',
      });
    }
    const { runEvaluate } = await import('../runs/evaluate.ts');
    await runEvaluate(flags);
  });
}
