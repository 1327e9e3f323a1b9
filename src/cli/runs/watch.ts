import { type WatchRun, watchLive } from '../../../pipelines/watch-live.ts';
import { tokenSchema } from '../../config/schema.ts';
import { HeatboxError } from '../../error.ts';
import type { Phase } from '../../operators/stream-phase.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { serverOptions } from '../../options/server.ts';
import { exitCodeOf, note, report, reportWarning } from '../terminal/report.ts';
import { stopped } from '../terminal/signals.ts';
import { openStatusLine } from '../terminal/status-line.ts';
import { networkOf } from './analysis-flags.ts';
import { openBrowser } from './open-browser.ts';
import { planRecordings } from './recordings.ts';
import { nameSources } from './stream-names.ts';

export type WatchFlags = FlagsOf<'watch'>;

/**
 * `heatbox watch`: shows sources in the browser until SIGINT or SIGTERM.
 *
 * @throws HeatboxError where an option is wrong.
 */
export async function runWatch(sources: readonly string[], flags: WatchFlags): Promise<void> {
  const { labels, excludeLabels, topK, minScore, threshold, stride } = flags;
  const { inputSize, providers } = networkOf(flags);
  const { host = serverOptions.host.default, port = serverOptions.port.default, insecure = false } = flags;
  const token = tokenOf(flags.token ?? process.env.HEATBOX_TOKEN);
  const named = nameSources(sources);
  const names = named.map(({ name }) => name);
  const recordTo = flags.record === undefined ? undefined : planRecordings(flags.record, named, flags.force ?? false);
  const phases = new Map<string, Phase>();
  const failures: unknown[] = [];
  const status = openStatusLine();
  const run = await watchLive({
    streams: named.map((stream) => ({
      ...stream,
      transport: flags.rtspTransport,
      ...{ labels, excludeLabels, topK, minScore, threshold, inputSize, stride },
      loop: flags.loop,
    })),
    model: flags.model,
    engine: { providers, precision: flags.precision, threads: flags.threads },
    server: {
      ...{ host, port, insecure },
      origins: flags.origin ?? [],
      trustProxy: flags.trustProxy?.includes('all') ? true : flags.trustProxy,
      ...(token ? { token } : {}),
    },
    recordTo,
    onPhase(stream, phase, reason, error) {
      const before = phases.get(stream);
      // A file that begins anew: no news.
      if (phase === 'connecting' && before === 'live') return;
      phases.set(stream, phase);
      if (phase === 'failed') {
        failures.push(error);
        status.above(() => report(error, flags.verbose ?? false));
        return;
      }
      if (phase === before || (phase === 'connecting' && before !== undefined)) return;
      status.above(() => note(`${stream}: ${phase}${reason === null ? '' : `: ${reason}`}`));
    },
    onWarning: (stream, code, message) => {
      if (flags.verbose) status.above(() => reportWarning(code, `${stream}: ${message}`));
    },
  });
  status.above(() => note(`watch at ${run.url}; stop with Ctrl-C`));
  const forgetPage = flags.open ? openBrowser(run.url, token) : undefined;
  const stopStatus = status.follow(() => statusOf(run, names, phases));
  const stop = stopped();
  await Promise.race([stop, run.over]);
  // What failed will not come back; what has ended can still be looked at.
  if (failures.length === sources.length) process.exitCode = Math.min(...failures.map(exitCodeOf));
  else await stop;
  stopStatus();
  forgetPage?.();
  await run.close();
}

/** One line: each stream's state and the frames since the start. */
async function statusOf({ metrics }: WatchRun, names: readonly string[], phases: ReadonlyMap<string, Phase>) {
  const { framesDecoded, framesAnalysed, framesDropped } = metrics.pipeline;
  const totals = await Promise.all([framesDecoded.get(), framesAnalysed.get(), framesDropped.get()]);
  const of = (stream: string) =>
    totals.map(({ values }) =>
      values.filter(({ labels }) => labels.stream === stream).reduce((sum, { value }) => sum + value, 0),
    );
  return names.map((name) => {
    const [decoded = 0, analysed = 0, dropped = 0] = of(name);
    return { name, phase: phases.get(name) ?? 'connecting', decoded, analysed, dropped };
  });
}

function tokenOf(token: string | undefined): string | undefined {
  const found = token ? tokenSchema.safeParse(token).error : undefined;
  if (found === undefined) return token;
  throw new HeatboxError('BAD_VALUE', `--token ${found.issues[0]!.message}`, { kind: 'usage' });
}
