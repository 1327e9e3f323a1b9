import type { Command } from 'commander';
import { type SignFlags, signedAddress } from '../runs/sign.ts';
import { print } from '../terminal/print.ts';
import { addOptions } from './add-options.ts';

export function addSign(program: Command): void {
  addOptions(
    program
      .command('sign')
      .description('print the address of a picture with a signature, for programs that cannot show a token')
      .argument('<url>', 'as https://host:8080/v1/streams/door/snapshot.jpg?overlay=1, or stream.mjpeg'),
    'sign',
  ).action((address: string, flags: SignFlags) => print(`${signedAddress(address, flags)}\n`));
}
