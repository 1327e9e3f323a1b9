import type { Command } from 'commander';
import type { WatchFlags } from '../runs/watch.ts';
import { addOptions } from './add-options.ts';

export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('show live sources in the browser, with boxes and heat maps on the frames they belong to')
    .argument(
      '<source...>',
      'rtsp(s)://, rtmp(s)://, http(s)://, webcam:, screen:, test:, or a file, which plays at its own pace; with a name in front, as front=rtsp://nvr/1',
    );
  addOptions(command, 'watch').action(async (sources: string[]) => {
    const { runWatch } = await import('../runs/watch.ts');
    await runWatch(sources, command.optsWithGlobals<WatchFlags>());
  });
}
