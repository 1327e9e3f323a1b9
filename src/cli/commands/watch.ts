import type { Command } from 'commander';
import type { WatchFlags } from '../runs/watch.ts';
import { addLabelOptions, addNetworkOptions } from './analysis-options.ts';
import { integer, networks, oneOf, origins, stride } from './values.ts';

export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('show live sources in the browser, with boxes and heat maps on the frames they belong to')
    .argument(
      '<source...>',
      'rtsp(s)://, rtmp(s)://, http(s)://, webcam:, screen:, test:, or a file, which plays at its own pace; with a name in front, as front=rtsp://nvr/1',
    )
    .option('--port <n>', 'where the page is served; 0 for any free one', integer('--port', 0, 65_535), 8080)
    .option('--host <address>', 'on which address; beyond this machine it takes a token', '127.0.0.1')
    .option('--token <word>', 'what viewers must show (or HEATBOX_TOKEN in the environment)')
    .option('--insecure', 'let other machines in without a token')
    .option(
      '--origin <url>',
      'a web origin whose pages may connect, e.g. that of a proxy; repeatable',
      origins('--origin'),
    )
    .option(
      '--trust-proxy <addresses>',
      'proxies whose X-Forwarded-Host and -For are believed, comma-separated, or all',
      networks('--trust-proxy'),
    )
    .option('--open', 'open the page in the browser')
    .option('--record <file.mp4>', 'keep an annotated recording, playable up to its last second whatever happens')
    .option('--force', 'replace an existing recording')
    .option('--loop', 'begin files anew at their end')
    .option('--rtsp-transport <name>', 'tcp or udp (default: tcp)', oneOf('--rtsp-transport', ['tcp', 'udp'] as const));
  addLabelOptions(command);
  command
    .option('--input-size <WxH>', "what the network sees (default: about 224×224 pixels at the video's aspect)")
    .option(
      '--stride <n|auto>',
      'run the network on every nth frame at most, or where it is worth it (default: auto)',
      stride('--stride'),
    )
    .option('--threads <n>', 'threads of the network (default: all cores)', integer('--threads', 1, 256));
  addNetworkOptions(command);
  command.option('--verbose', 'show causes of errors, and every warning').action(async (sources: string[]) => {
    const { runWatch } = await import('../runs/watch.ts');
    await runWatch(sources, command.optsWithGlobals<WatchFlags>());
  });
}
