import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a command while others run. @returns what it wrote to stdout. */
export async function command(name: string, ...args: string[]): Promise<string> {
  return (await execute(name, args, { maxBuffer: 2 ** 28 })).stdout;
}

/** The same for bytes. */
export async function commandBytes(name: string, ...args: string[]): Promise<Buffer> {
  return (await execute(name, args, { encoding: 'buffer', maxBuffer: 2 ** 28 })).stdout;
}
