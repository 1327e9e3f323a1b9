import type { Command } from 'commander';
import type { AnnotateFlags } from '../runs/annotate/annotate-flags.ts';
import { addOptions } from './add-options.ts';

export function addAnnotate(program: Command): void {
  const command = program
    .command('annotate')
    .description('draw boxes, names and tracks on videos and pictures, or write them as NDJSON')
    .argument('<inputs...>', 'files, folders, globs, an image sequence (frames/%04d.png), or an http(s) URL');
  addOptions(command, 'annotate').action(async (inputs: string[]) => {
    const { runAnnotations } = await import('../runs/annotate/annotate-many.ts');
    await runAnnotations(inputs, command.optsWithGlobals<AnnotateFlags>());
  });
}
