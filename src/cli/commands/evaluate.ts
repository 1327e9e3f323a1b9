import type { Command } from 'commander';
import { type AccuracyName, accuracies } from '../../cam/accuracy.ts';
import { HeatboxError } from '../../error.ts';
import { PRECISIONS } from '../../inference/providers/precision.ts';
import type { EvaluateFlags } from '../runs/evaluate.ts';
import { integer, number, oneOf, stride } from './values.ts';

export function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('measure the boxes on your own images or clips, beside a box in the middle of the picture')
    .option('--images <dir>', 'a folder of images; needs --boxes')
    .option(
      '--boxes <csv>',
      'their classes and boxes: file,class_index,x0,y0,x1,y1,image_w,image_h, and wnid if you have it',
    )
    .option('--video <dir>', 'a folder of clips with classes.csv (clip,acceptable_class_indices) and gt/<clip>.csv')
    .option(
      '--accuracy <name>',
      'work that goes into a picture: fast, balanced (1.7 times) or accurate (3.4 times) (default: fast)',
      oneOf('--accuracy', Object.keys(accuracies) as AccuracyName[]),
    )
    .option(
      '--input-size <WxH>',
      "what the network sees, multiples of 32 (default: about 224×224 pixels, twice as many if accurate, at the image's aspect)",
    )
    .option(
      '--threshold <x>',
      'the one threshold to score (default: for each half the one that is best on the other)',
      number('--threshold', 0.01, 0.99),
    )
    .option(
      '--stride <n|auto>',
      'clips: run the network on every nth frame, or where it is worth it (default: 1)',
      stride('--stride'),
    )
    .option('--live', 'clips: follow as a live stream is followed, knowing no later frame')
    .option(
      '--precision <name>',
      'what the network computes in: fp32, fp16 or int8 (default: auto, as annotate)',
      oneOf('--precision', PRECISIONS),
    )
    .option('--threads <n>', 'threads of the network (default: all cores)', integer('--threads', 1, 256))
    .option('--model <name|dir>', 'model (default: resnet50-imagenet)')
    .option('--json <file>', 'write all figures as JSON; - is stdout')
    .option('--worst <png>', 'images: draw the 36 worst, true boxes green, found ones red')
    .option('--per-class', 'images: print a line for each class, the worst first')
    .option('--quiet', 'no progress')
    .option('--verbose', 'show the causes of an error')
    .action(async (flags: EvaluateFlags) => {
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
