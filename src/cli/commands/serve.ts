import type { Command } from 'commander';
import { integer, oneOf } from './values.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('publish the boxes of streams as events over WebSocket, as a configuration file says')
    .argument('<config.yaml>', 'see heatbox config schema')
    .option('--port <n>', "instead of the configuration's", integer('--port', 0, 65_535))
    .option('--log-level <level>', LEVELS.join(', '), oneOf('--log-level', LEVELS), 'info')
    .action(async (path: string, options: { port?: number; logLevel: string }) => {
      const { runServe } = await import('../runs/serve.ts');
      await runServe(path, options);
    });
}
