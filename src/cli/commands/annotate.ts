import type { Command } from 'commander';
import type { AnnotateFlags } from '../runs/annotate-flags.ts';
import { addOptions } from './add-options.ts';

export function addAnnotate(program: Command): void {
  const command = program
    .command('annotate')
    .description('draw boxes, names and tracks on a video, or write them as NDJSON')
    .argument('<input>', 'a file, an image sequence (frames/%04d.png), or an http(s) URL');
  addOptions(command, 'annotate').action(async (input: string) => {
    const { runAnnotate } = await import('../runs/annotate.ts');
    await runAnnotate(input, command.optsWithGlobals<AnnotateFlags>());
  });
}
