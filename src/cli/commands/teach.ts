import type { Command } from 'commander';
import type { TeachFlags } from '../runs/teach.ts';
import { addOptions } from './add-options.ts';

export function addTeach(program: Command): void {
  addOptions(
    program
      .command('teach')
      .description('teach new classes from a few pictures each, without boxes, and keep them as a model')
      .argument(
        '<dir|file...>',
        'a folder with one folder of pictures or clips per class (none/: no class), or files of one class',
      ),
    'teach',
  ).action(async (paths: string[], flags: TeachFlags) => {
    const { runTeach } = await import('../runs/teach.ts');
    await runTeach(paths, flags);
  });
}
