import type { Command } from 'commander';
import type { FlagsOf } from '../../options/commands.ts';
import { addOptions } from './add-options.ts';

export function addServe(program: Command): void {
  addOptions(
    program
      .command('serve')
      .description('publish the boxes of streams as events over WebSocket, as a configuration file says')
      .argument('<config.yaml>', 'see heatbox config schema'),
    'serve',
  ).action(async (path: string, options: FlagsOf<'serve'>) => {
    const { runServe } = await import('../runs/serve.ts');
    await runServe(path, options);
  });
}
