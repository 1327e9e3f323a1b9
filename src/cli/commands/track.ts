import type { Command } from 'commander';
import type { TrackFlags } from '../runs/track.ts';
import { addOptions } from './add-options.ts';

export function addTrack(program: Command): void {
  addOptions(
    program.command('track').description('follow detections of any detector: the tracker alone'),
    'track',
  ).action(async (flags: TrackFlags) => {
    const { runTrack } = await import('../runs/track.ts');
    await runTrack(flags);
  });
}
