import { finalize, lastValueFrom, tap } from 'rxjs';
import { type AnnotateRun, annotateFile } from '../../pipelines/annotate-file.ts';
import { openRunFile, type RunFile } from '../events/run-file-writer.ts';
import type { TrackedFrame } from '../operators/track.ts';
import { defaultOutput } from '../output-file.ts';
import { version } from '../version.ts';
import { type AnnotateFlags, optionsOf } from './annotate.ts';
import { openProgress } from './progress.ts';
import { reportWarning } from './report.ts';
import { summary } from './summary.ts';

/** What the run has come to so far. */
interface Tally {
  frames: number;
  analysed: number;
  readonly tracks: Set<number>;
  lastPts: number;
  firstPts: number | undefined;
  interrupted: boolean;
  cut: boolean;
}

/** `heatbox annotate`: runs the pipeline, shows its progress, and ends it well on SIGINT and SIGTERM. */
export async function runAnnotate(input: string, flags: AnnotateFlags, verbose: boolean): Promise<void> {
  const output = flags.output ?? (flags.json === undefined ? defaultOutput(input) : undefined);
  const tally: Tally = {
    frames: 0,
    analysed: 0,
    tracks: new Set(),
    lastPts: 0,
    firstPts: undefined,
    interrupted: false,
    cut: false,
  };
  const started = performance.now();
  const json = flags.json === undefined ? undefined : openRunFile(flags.json, input, flags.force ?? false);
  let run: AnnotateRun | undefined;
  const signals = onSignals(
    () => {
      tally.interrupted = true;
      if (run === undefined) leave(json);
      run?.stop();
    },
    () => {
      void run?.close();
      leave(json);
    },
  );
  try {
    run = await annotateFile({
      ...optionsOf(input, flags, output),
      onWarning(code, message) {
        if (code === 'SOURCE_TRUNCATED') tally.cut = true;
        reportWarning(code, message);
      },
      ...(verbose ? { onLog: (_level: number, message: string) => process.stderr.write(`ffmpeg: ${message}\n`) } : {}),
    });
    const { info, model } = run;
    const labelOf = (index: number) => model.labels[index]!;
    const { frameRate } = info.video;
    json?.header({
      heatbox: version,
      source: info.input,
      size: info.video.display,
      frameRate: frameRate.num / frameRate.den,
      model: { name: model.name, sha256: model.manifest.files.model.sha256 },
      options: headerOptions(flags, run),
    });
    const progress = openProgress(info, flags);
    await lastValueFrom(
      run.frames.pipe(
        tap((frame) => {
          count(tally, frame);
          json?.frame(frame, labelOf);
          progress.update(tally.frames, frame.pts - tally.firstPts!);
        }),
        finalize(() => progress.end()),
      ),
      { defaultValue: undefined },
    );
    const seconds = (performance.now() - started) / 1000;
    json?.totals({
      frames: tally.frames,
      analysed: tally.analysed,
      tracks: tally.tracks.size,
      seconds,
      complete: !tally.interrupted && !tally.cut,
    });
    if (!flags.quiet)
      process.stderr.write(
        `${summary({ ...tally, tracks: tally.tracks.size, output: output ?? flags.json!, bytes: run.totals()?.bytes ?? 0, seconds, info })}\n`,
      );
    if (tally.interrupted) process.exitCode = 130;
  } catch (error) {
    json?.discard();
    throw error;
  } finally {
    signals.off();
    await run?.close();
  }
}

function count(tally: Tally, frame: TrackedFrame): void {
  tally.frames++;
  if (frame.localisations !== undefined) tally.analysed++;
  for (const { id, state } of frame.tracks) if (state === 'confirmed') tally.tracks.add(id);
  tally.firstPts ??= frame.pts;
  tally.lastPts = frame.pts;
}

function headerOptions(flags: AnnotateFlags, { inputSize, provider }: AnnotateRun): Record<string, unknown> {
  const { output: _output, json: _json, quiet: _quiet, force: _force, ...options } = flags;
  return { ...options, inputSize, provider };
}

/** The first signal asks for an orderly end, the second ends at once. */
function onSignals(first: () => void, second: () => void): { off(): void } {
  let seen = 0;
  const handler = () => (seen++ === 0 ? first() : second());
  process.on('SIGINT', handler);
  process.on('SIGTERM', handler);
  return {
    off() {
      process.off('SIGINT', handler);
      process.off('SIGTERM', handler);
    },
  };
}

/** Ends the process without waiting for its threads. */
function leave(json: RunFile | undefined): never {
  json?.discard();
  process.exit(130);
}
