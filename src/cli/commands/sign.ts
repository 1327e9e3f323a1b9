import type { Command } from 'commander';
import { HeatboxError } from '../../error.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { isSignable, signUrl } from '../../server/access/signed-url.ts';
import { print } from '../terminal/print.ts';
import { addOptions } from './add-options.ts';

const DAY_SECONDS = 86_400;

export function addSign(program: Command): void {
  addOptions(
    program
      .command('sign')
      .description('print the address of a picture with a signature, for programs that cannot show a token')
      .argument('<url>', 'as https://host:8080/v1/streams/door/snapshot.jpg?overlay=1, or stream.mjpeg'),
    'sign',
  ).action(async (address: string, options: FlagsOf<'sign'>) => {
    const token = options.token ?? process.env.HEATBOX_TOKEN;
    if (!token)
      throw new HeatboxError('BAD_VALUE', 'A signature needs the token of the server', {
        kind: 'usage',
        hint: 'Set HEATBOX_TOKEN. A server without a token needs no signature.',
      });
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !isSignable(url))
      throw new HeatboxError('BAD_VALUE', 'That is not the address of a picture', {
        kind: 'usage',
        hint: 'It looks like https://host:8080/v1/streams/door/snapshot.jpg.',
      });
    const expires = new Date(Date.now() + 1000 * (options.for ?? DAY_SECONDS));
    await print(`${signUrl(url, token, expires).href}\n`);
  });
}
