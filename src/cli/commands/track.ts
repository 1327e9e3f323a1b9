import { type Command, Option } from 'commander';
import type { TrackFlags } from '../runs/track.ts';
import { number } from './values.ts';

export function addTrack(program: Command): void {
  program
    .command('track')
    .description('follow detections of any detector: the tracker alone')
    .requiredOption('--detections <file>', 'the detections')
    .addOption(
      new Option('--format <name>', 'mot: frame,id,left,top,width,height,score a line').choices(['mot']).default('mot'),
    )
    .option('--size <WxH>', 'size of the frames in pixels (default: that of ../seqinfo.ini, or as far as they reach)')
    .option(
      '--frame-rate <x>',
      'frames a second (default: that of ../seqinfo.ini, or 30)',
      number('--frame-rate', 0.001, 1e5),
    )
    .option('-o, --output <file>', 'the tracks, in the same format (default: stdout)')
    .option('--live', 'each frame from those before it; else gaps are filled and boxes smoothed from both sides')
    .option('--force', 'replace an existing output')
    .option('--verbose', 'show the causes of an error')
    .action(async (flags: TrackFlags) => {
      const { runTrack } = await import('../runs/track.ts');
      await runTrack(flags);
    });
}
