import type { Command } from 'commander';
import type { EventsFlags } from '../runs/events.ts';
import { addOptions } from './add-options.ts';

export function addEvents(program: Command): void {
  addOptions(
    program
      .command('events')
      .description('print the events of a heatbox server as they come')
      .argument('<url>', 'as http://127.0.0.1:8080'),
    'events',
  ).action(async (url: string, flags: EventsFlags) => {
    const { runEvents } = await import('../runs/events.ts');
    await runEvents(url, flags);
  });
}
