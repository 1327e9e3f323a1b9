import { watchLive } from '../../../pipelines/watch-live.ts';
import { loadConfig } from '../../config/load.ts';
import { logOptions, serverOptions } from '../../config/options.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { serveOptions } from '../../options/server.ts';
import { createLogger } from '../../server/logger.ts';
import { note } from '../terminal/report.ts';
import { stopped } from '../terminal/signals.ts';
import { networkOf } from './analysis-flags.ts';

/** `heatbox serve`: every stream of a configuration through one engine, until SIGINT or SIGTERM. */
export async function runServe(path: string, options: FlagsOf<'serve'>): Promise<void> {
  const config = await loadConfig(path, process.env);
  const logger = createLogger(options.logLevel ?? serveOptions.logLevel.default);
  const server = await serverOptions(config);
  const run = await watchLive({
    streams: config.streams.map((stream) => ({ ...stream, inputSize: networkOf(stream).inputSize })),
    model: config.model,
    engine: { ...config.engine, ...networkOf(config.engine) },
    server: {
      ...server,
      port: options.port ?? config.server.port,
    },
    log: logOptions(config),
    logger,
    onPhase: (stream, phase, reason) => logger.info({ stream, phase, reason }, 'stream'),
    onWarning: (stream, code, message) => logger.warn({ stream, code }, message),
  });
  const names = config.streams.map(({ name }) => name).join(', ');
  note(`serving ${names} at ${run.url}; stop with Ctrl-C`);
  await stopped();
  await run.close();
}
