import { readdirSync } from 'node:fs';

const WIDTHS = [8, 9, 12, 12, 8];

/** The head of a table of what this process takes of the system; `counted` names what was done so far. */
export function head(counted: string, last: string): string {
  return `${counted.padStart(8)}   RSS MiB  JS heap MiB  descriptors  threads  ${last}\n`;
}

/** One line of it: what this process takes now. */
export function row(count: number, last: string): string {
  // With --expose-gc the heap is what is in use, not what has not been collected yet.
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const mebi = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const open = (folder: string) => readdirSync(`/proc/self/${folder}`).length;
  const cells = [count, mebi(rss), mebi(heapUsed), open('fd'), open('task')];
  return `${cells.map((cell, column) => String(cell).padStart(WIDTHS[column]!)).join(' ')}  ${last}\n`;
}
