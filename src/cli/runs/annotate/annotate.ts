import { finalize, lastValueFrom } from 'rxjs';
import { type AnnotateRun, annotateFile } from '../../../../pipelines/annotate-file.ts';
import type { Pending } from '../../../files/commit-together.ts';
import { version } from '../../../files/version.ts';
import { perSecond } from '../../../media/frame-rate.ts';
import { describeGroup, matchGroup } from '../../../model/index.ts';
import { consume } from '../../../operators/consume.ts';
import { noProgress, openProgress } from '../../terminal/progress.ts';
import { note, reportWarning, tell } from '../../terminal/report.ts';
import { dieInterrupted, onSignals } from '../../terminal/signals.ts';
import { type AnnotateFlags, optionsOf } from './annotate-flags.ts';
import { openRecords, outputOf } from './annotate-outputs.ts';
import { summary } from './summary.ts';
import { count, newTally, type Tally } from './tally.ts';

/**
 * `heatbox annotate`: runs the pipeline, shows its progress, and ends it well on SIGINT and SIGTERM. One function, since
 * signals, run and outputs share what has become of them.
 *
 * @throws HeatboxError; no unfinished file is left then.
 */
export async function runAnnotate(input: string, flags: AnnotateFlags): Promise<void> {
  const { quiet, tracks } = flags;
  const output = outputOf(input, flags);
  const started = performance.now();
  const tally = newTally();
  const ended = { interrupted: false, cut: false };
  let progress = noProgress;
  let saved = false;
  let run: AnnotateRun | undefined;
  const records = openRecords(input, flags);
  const { json, profile } = records;

  function discard(): void {
    records.discard();
    run?.discard();
  }

  function dropAll(): void {
    progress.end();
    discard();
    dieInterrupted();
  }

  /** Ends the run file, and puts it in its place with the video. */
  async function saveTotals(...video: readonly Pending[]): Promise<void> {
    const { frames, analysed } = tally;
    const complete = !ended.interrupted && !ended.cut;
    const seconds = secondsSince(started);
    await json?.totals({ frames, analysed, tracks: tally.tracks.size, seconds, complete }, ...video);
    saved = true;
  }

  const stopHearing = onSignals(() => {
    if (run === undefined) return dropAll();
    ended.interrupted = true;
    run.stop();
    if (!quiet) progress.above(() => note('interrupted: finishing what was decoded; once more drops it'));
  }, dropAll);
  // Where the process ends in any other way, as by a fault of heatbox.
  process.once('exit', discard);
  try {
    run = await annotateFile({
      ...optionsOf(input, flags, output),
      profile,
      // One without the other would be half a result.
      commit: json && saveTotals,
      onWarning(code, message) {
        if (code === 'SOURCE_TRUNCATED') ended.cut = true;
        progress.above(() => reportWarning(code, message));
      },
      onLog: flags.verbose ? (_level, message) => progress.above(() => note(`ffmpeg: ${message}`)) : undefined,
    });
    const { frames, info, model } = run;
    const labelOf = (index: number) => model.labels[index]!;
    if (!quiet) noteRun(run, flags);
    await json?.header(headerOf(run, flags));
    progress = openProgress(info, flags);
    await lastValueFrom(
      frames.pipe(
        consume(async (frame) => {
          await json?.frame(frame, labelOf);
          profile?.flush();
          count(tally, frame, tracks);
          progress.update(tally.frames, frame.pts - tally.firstPts);
        }),
        finalize(() => progress.end()),
      ),
      { defaultValue: undefined },
    );
    if (ended.interrupted) process.exitCode = 130;
    if (tally.frames === 0) return discard();
    if (!saved) await saveTotals();
    const seconds = secondsSince(started);
    profile?.commit();
    const outputs = [output, flags.json === '-' ? 'stdout' : flags.json, flags.profile];
    if (!quiet) tellEnd(run, outputs, { tally, seconds, interrupted: ended.interrupted });
  } catch (error) {
    records.discard();
    throw error;
  } finally {
    stopHearing();
    await run?.close();
    process.off('exit', discard);
  }
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

/** Says where the network runs, if that is news, and what the words of `--labels` were taken to mean. */
function noteRun({ model, provider, providerWhy }: AnnotateRun, flags: AnnotateFlags): void {
  if (providerWhy !== undefined && (flags.verbose || flags.provider === 'auto' || provider !== 'cpu'))
    note(`the network runs on ${provider}: ${providerWhy}`);
  if (flags.labels === undefined) return;
  // As `bird: 59 classes, cock (7), hen (8), ostrich (9) and 56 more`.
  const matches = flags.labels.map((query) => describeGroup(model, matchGroup(model, query)));
  note(`looking for ${matches.join('; ')}`);
}

function tellEnd(
  run: AnnotateRun,
  outputs: readonly (string | undefined)[],
  end: { readonly tally: Tally; readonly seconds: number; readonly interrupted: boolean },
): void {
  const { precision, info } = run;
  const told = summary({
    ...end,
    outputs: outputs.filter((name) => name !== undefined),
    bytes: run.totals()?.bytes ?? 0,
    precision,
    frameRate: info.video.frameRate,
  });
  tell(told);
}

function headerOf(run: AnnotateRun, flags: AnnotateFlags) {
  const { info, model, inputSize, provider, precision } = run;
  const { files } = model.manifest;
  const { frameRate, display } = info.video;
  const { output: _output, json: _json, profile: _profile, quiet: _quiet, force: _force, ...options } = flags;
  const { verbose: _verbose, ...analysis } = options;
  return {
    heatbox: version,
    source: info.input,
    size: display,
    frameRate: perSecond(frameRate),
    model: { name: model.name, sha256: (precision === 'int8' ? files.int8! : files.model).sha256 },
    options: { ...analysis, inputSize, provider, precision },
  };
}
