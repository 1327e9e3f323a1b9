import type { Command } from 'commander';
import type { EventsFlags } from '../runs/events.ts';
import { integer, list, number } from './values.ts';

export function addEvents(program: Command): void {
  program
    .command('events')
    .description('print the events of a heatbox server as they come')
    .argument('<url>', 'as http://127.0.0.1:8080')
    .option('--streams <names>', 'only these streams', list('--streams'))
    .option('--types <types>', 'only these event types, as track.started,track.ended', list('--types'))
    .option('--labels <names>', 'only tracks of these classes', list('--labels'))
    .option('--min-score <x>', 'only tracks of at least this score', number('--min-score', 0, 1))
    .option('--region <x0,y0,x1,y1>', 'only tracks whose box reaches into this part of the frame, 0 to 1')
    .option('--max-rate <n>', 'updates of a track a second at most', number('--max-rate', 0.01, 1000))
    .option(
      '--from <seq>',
      'begin with this event, as far as the log reaches back',
      integer('--from', 1, Number.MAX_SAFE_INTEGER),
    )
    .option('--every', 'every update and frame, also when this reader is slow')
    .option('--token <token>', 'what the server wants to see (or HEATBOX_TOKEN)')
    .option(
      '--format <format>',
      'ndjson or pretty (default: pretty on a terminal)',
      process.stdout.isTTY ? 'pretty' : 'ndjson',
    )
    .action(async (url: string, flags: EventsFlags) => {
      const { runEvents } = await import('../runs/events.ts');
      await runEvents(url, flags);
    });
}
