import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { root } from './heatbox.ts';

/** The built package: its threads can start, which those of the sources cannot. */
export const { annotateFile, consume, draw, loadModel, localise, localiseVideo, openEngine, openSource, track } =
  (await import(pathToFileURL(join(root, 'dist/src/index.js')).href)) as typeof import('../../src/index.ts');

/** What of the system this process has open. */
export interface Resources {
  readonly threads: number;
  readonly descriptors: number;
}

export function resources(): Resources {
  return { threads: readdirSync('/proc/self/task').length, descriptors: readdirSync('/proc/self/fd').length };
}

/** Waits until this process has no more open than `before`, as a thread's end takes the system a moment. @returns what is left over. */
export async function leftOver(before: Resources): Promise<Resources> {
  for (let tries = 0; ; tries++) {
    const now = resources();
    const left = {
      threads: Math.max(0, now.threads - before.threads),
      descriptors: Math.max(0, now.descriptors - before.descriptors),
    };
    if (tries === 100 || left.threads + left.descriptors === 0) return left;
    await wait(20);
  }
}
