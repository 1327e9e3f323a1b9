import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnnotateFileOptions } from '../../pipelines/analysis.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import type { HostTotals, SourceInfo } from '../../src/media/protocol.ts';
import type { TrackedFrame } from '../../src/operators/track.ts';

/** The built package, whose threads can start. */
export async function built(): Promise<typeof import('../../src/index.ts')> {
  return import(/* @vite-ignore */ pathToFileURL(join(packageRoot(), 'dist/src/index.js')).href);
}

export interface Annotated {
  readonly info: SourceInfo;
  readonly frames: readonly TrackedFrame[];
  readonly totals: HostTotals;
  /** In order; each is to come once. */
  readonly warnings: readonly { code: string; message: string }[];
}

/** Runs the whole of annotate to its end. */
export async function annotate(options: AnnotateFileOptions): Promise<Annotated> {
  const { annotateFile } = await built();
  const warnings: { code: string; message: string }[] = [];
  const run = await annotateFile({
    ...options,
    onWarning: (code, message) => warnings.push({ code, message }),
  });
  const frames: TrackedFrame[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      run.frames.subscribe({ next: (frame) => frames.push(frame), complete: resolve, error: reject });
    });
    return { info: run.info, frames, totals: run.totals()!, warnings };
  } finally {
    await run.close();
  }
}
