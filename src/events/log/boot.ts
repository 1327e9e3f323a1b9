import { readFileSync } from 'node:fs';
import os from 'node:os';

let boot: string | undefined;

/**
 * Tells one start of the machine from another. Where the system has no name for it, the minute it started in: a clock
 * that is set anew looks like a restart, which costs a jump in the numbers and nothing else.
 */
export function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    boot ??= `${os.hostname()}/${Math.round((Date.now() / 1000 - os.uptime()) / 60)}`;
  }
  return boot;
}
