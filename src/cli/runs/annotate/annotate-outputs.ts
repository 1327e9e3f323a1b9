import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { HeatboxError } from '../../../error.ts';
import { openRunFile, type RunFile } from '../../../events/run-file-writer.ts';
import { defaultOutput } from '../../../files/output-file.ts';
import { note } from '../../terminal/report.ts';
import type { AnnotateFlags } from './annotate-flags.ts';
import { openTraceFile, type TraceFile } from './trace-file.ts';

/** What is written beside the video. */
export interface Records {
  readonly json?: RunFile;
  readonly profile?: TraceFile;
  /** Removes what is unfinished of them. */
  discard(): void;
}

/**
 * Where the video goes; nowhere, which is said where options of it were given, if only the boxes were asked for.
 *
 * @throws HeatboxError `OUTPUT_SAME`
 */
export function outputOf(input: string, flags: AnnotateFlags): string | undefined {
  const { json, profile, quiet } = flags;
  const output = flags.output ?? (json === undefined ? defaultOutput(input) : undefined);
  checkApart({ '-o': output, '--json': json, '--profile': profile });
  if (output === undefined && !quiet) noteIdle(flags);
  return output;
}

/** @throws HeatboxError `OUTPUT_…`; nothing is left then. */
export function openRecords(input: string, { json, profile, force = false }: AnnotateFlags): Records {
  const run = json === undefined ? undefined : openRunFile(json, input, force);
  try {
    const trace = profile === undefined ? undefined : openTraceFile(profile, input, force);
    return {
      json: run,
      profile: trace,
      discard() {
        run?.discard();
        trace?.discard();
      },
    };
  } catch (error) {
    run?.discard();
    throw error;
  }
}

/** FFmpeg, too, says which options it had no use for. */
function noteIdle({ encoder, crf, preset, heatmap, heatmapOpacity, blur }: AnnotateFlags): void {
  const drawing = {
    '--encoder': encoder,
    '--crf': crf,
    '--preset': preset,
    '--heatmap': heatmap,
    '--heatmap-opacity': heatmapOpacity,
    '--blur': blur,
  };
  const idle = Object.entries(drawing).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  if (idle.length === 0) return;
  note(`without -o no video is written: ${idle.join(', ')} ${idle.length > 1 ? 'have' : 'has'} no effect`);
}

function checkApart(files: Readonly<Record<string, string | undefined>>): void {
  const options = new Map<string, string>();
  for (const [option, path] of Object.entries(files)) {
    if (path === undefined) continue;
    const other = options.get(realName(path));
    if (other !== undefined) {
      throw new HeatboxError('OUTPUT_SAME', `${other} and ${option} name the same file: ${path}`, {
        value: path,
        kind: 'usage',
        hint: 'Give one of them another name.',
      });
    }
    options.set(realName(path), option);
  }
}

function realName(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
