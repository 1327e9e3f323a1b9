import type { Command } from 'commander';
import type { FlagsOf } from '../../options/commands.ts';
import { addOptions } from './add-options.ts';

export function addExport(program: Command): void {
  addOptions(
    program
      .command('export')
      .description("write a run's NDJSON or a server's event log in another format")
      .argument('<log|json>', 'the file of annotate --json, or the log folder or a segment of serve'),
    'export',
  ).action(async (input: string, flags: FlagsOf<'export'>) => {
    const { runExport } = await import('../runs/export.ts');
    await runExport(input, flags);
  });
}
