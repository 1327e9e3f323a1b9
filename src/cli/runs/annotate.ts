import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { finalize, lastValueFrom } from 'rxjs';
import type { AnnotateFileOptions } from '../../../pipelines/analysis.ts';
import { type AnnotateRun, annotateFile } from '../../../pipelines/annotate-file.ts';
import type { AccuracyName } from '../../cam/accuracy.ts';
import { HeatboxError } from '../../error.ts';
import { openRunFile, type RunFile } from '../../events/run-file-writer.ts';
import { defaultOutput } from '../../files/output-file.ts';
import { version } from '../../files/version.ts';
import type { Stride } from '../../media/stride.ts';
import { consume } from '../../operators/consume.ts';
import { noProgress, openProgress } from '../terminal/progress.ts';
import { note, reportWarning } from '../terminal/report.ts';
import { dieInterrupted, onSignals } from '../terminal/signals.ts';
import type { AnalysisFlags } from './analysis-flags.ts';
import { describeMatches } from './matched-labels.ts';
import { summary } from './summary.ts';
import { count, newTally } from './tally.ts';
import { openTraceFile, type TraceFile } from './trace-file.ts';

export interface AnnotateFlags extends AnalysisFlags {
  output?: string;
  json?: string;
  profile?: string;
  accuracy?: AccuracyName;
  stride?: Stride;
  heatmap?: boolean;
  heatmapOpacity?: number;
  tracks: boolean;
  start?: number;
  duration?: number;
  batch?: number;
  hwaccel?: string;
  encoder?: string;
  crf?: number;
  preset?: string;
  force?: boolean;
  quiet?: boolean;
}

/**
 * `heatbox annotate`: runs the pipeline, shows its progress, and ends it well on SIGINT and SIGTERM.
 *
 * @throws HeatboxError; no unfinished file is left then.
 */
export async function runAnnotate(input: string, flags: AnnotateFlags, verbose: boolean): Promise<void> {
  const output = flags.output ?? (flags.json === undefined ? defaultOutput(input) : undefined);
  checkApart({ '-o': output, '--json': flags.json, '--profile': flags.profile });
  if (output === undefined && !flags.quiet) noteIdle(flags);
  const started = performance.now();
  const tally = newTally();
  let interrupted = false;
  let cut = false;
  let progress = noProgress;
  let run: AnnotateRun | undefined;
  let json: RunFile | undefined;
  let profile: TraceFile | undefined;

  function discard(): void {
    json?.discard();
    profile?.discard();
    run?.discard();
  }

  function dropAll(): void {
    progress.end();
    discard();
    dieInterrupted();
  }

  const stopHearing = onSignals(() => {
    if (run === undefined) return dropAll();
    interrupted = true;
    run.stop();
    if (!flags.quiet) progress.above(() => note('interrupted: finishing what was decoded; once more drops it'));
  }, dropAll);
  // Where the process ends in any other way, as by a fault of heatbox.
  process.once('exit', discard);
  try {
    if (flags.json !== undefined) json = openRunFile(flags.json, input, flags.force ?? false);
    if (flags.profile !== undefined) profile = openTraceFile(flags.profile, input, flags.force ?? false);
    run = await annotateFile({
      ...optionsOf(input, flags, output),
      profile,
      onWarning(code, message) {
        if (code === 'SOURCE_TRUNCATED') cut = true;
        progress.above(() => reportWarning(code, message));
      },
      ...(verbose ? { onLog: (_level, message) => progress.above(() => note(`ffmpeg: ${message}`)) } : {}),
    });
    const { info, model, provider, providerWhy } = run;
    const { files } = model.manifest;
    if (providerWhy !== undefined && !flags.quiet && (verbose || flags.provider === 'auto' || provider !== 'cpu'))
      note(`the network runs on ${provider}: ${providerWhy}`);
    const labelOf = (index: number) => model.labels[index]!;
    const { frameRate } = info.video;
    if (flags.labels !== undefined && !flags.quiet) note(`looking for ${describeMatches(model, flags.labels)}`);
    await json?.header({
      heatbox: version,
      source: info.input,
      size: info.video.display,
      frameRate: frameRate.num / frameRate.den,
      model: { name: model.name, sha256: (run.precision === 'int8' ? files.int8! : files.model).sha256 },
      options: headerOptions(flags, run),
    });
    progress = openProgress(info, flags);
    await lastValueFrom(
      run.frames.pipe(
        consume(async (frame) => {
          await json?.frame(frame, labelOf);
          profile?.flush();
          count(tally, frame, flags.tracks);
          progress.update(tally.frames, frame.pts - tally.firstPts);
        }),
        finalize(() => progress.end()),
      ),
      { defaultValue: undefined },
    );
    if (interrupted) process.exitCode = 130;
    if (tally.frames === 0) return discard();
    const seconds = (performance.now() - started) / 1000;
    await json?.totals({
      frames: tally.frames,
      analysed: tally.analysed,
      tracks: tally.tracks.size,
      seconds,
      complete: !interrupted && !cut,
    });
    profile?.commit();
    if (flags.quiet) return;
    const outputs = [output, flags.json === '-' ? 'stdout' : flags.json, flags.profile].filter(
      (name) => name !== undefined,
    );
    const bytes = run.totals()?.bytes ?? 0;
    process.stderr.write(
      `${summary({ outputs, bytes, tally, precision: run.precision, seconds, interrupted, frameRate })}\n`,
    );
  } catch (error) {
    json?.discard();
    profile?.discard();
    throw error;
  } finally {
    stopHearing();
    await run?.close();
    process.off('exit', discard);
  }
}

/** FFmpeg, too, says which options it had no use for. */
function noteIdle({ encoder, crf, preset, heatmap, heatmapOpacity }: AnnotateFlags): void {
  const drawing = {
    '--encoder': encoder,
    '--crf': crf,
    '--preset': preset,
    '--heatmap': heatmap,
    '--heatmap-opacity': heatmapOpacity,
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

function headerOptions(flags: AnnotateFlags, { inputSize, provider, precision }: AnnotateRun): Record<string, unknown> {
  const { output: _output, json: _json, profile: _profile, quiet: _quiet, force: _force, ...options } = flags;
  return { ...options, inputSize, provider, precision };
}

const HEATMAP_OPACITY = 0.6;

/** The pipeline's options out of the command line's. */
export function optionsOf(input: string, flags: AnnotateFlags, output: string | undefined): AnnotateFileOptions {
  const { heatmap, heatmapOpacity, json: _json, profile: _profile, quiet: _quiet, output: _output, ...same } = flags;
  return { ...same, input, output, heatmap: heatmapOpacity ?? (heatmap ? HEATMAP_OPACITY : undefined) };
}
