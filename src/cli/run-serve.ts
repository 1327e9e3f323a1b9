import { firstValueFrom, merge, NEVER, Subject, takeUntil } from 'rxjs';
import { publishEvents } from '../../pipelines/publish-events.ts';
import { loadConfig } from '../config/load.ts';
import { logOptions, serverOptions } from '../config/options.ts';
import { cropStore } from '../events/crop-store.ts';
import { openLog } from '../events/log/log.ts';
import { openEngine } from '../inference/open-engine.ts';
import { openOnnx } from '../inference/open-onnx.ts';
import { shareEngine } from '../inference/shared-engine.ts';
import { loadModel, wnidsWithin } from '../model/index.ts';
import { createLogger } from '../server/logger.ts';
import { createMetrics } from '../server/metrics.ts';
import { startServer } from '../server/server.ts';
import { integer } from './values.ts';

const CROP_BYTES = 64 * 2 ** 20;

/** `heatbox serve`: every stream of a configuration through one engine, until SIGINT or SIGTERM. */
export async function runServe(path: string, options: { port?: string; logLevel: string }): Promise<void> {
  const config = await loadConfig(path, process.env);
  const logger = createLogger(options.logLevel);
  const metrics = createMetrics();
  const { provider, threads, batch, batchWaitSeconds } = config.engine;
  const model = await loadModel(config.model, { open: openOnnx });
  const log = await openLog(logOptions(config));
  const crops = cropStore(CROP_BYTES);
  const closers: (() => Promise<unknown>)[] = [() => log.close()];
  try {
    const listen = await serverOptions(config);
    const port = options.port === undefined ? listen.port : integer('--port', 0, 65_535)(options.port);
    const labelsWithin = (label: string) => wnidsWithin(model, label);
    const server = await startServer({ ...listen, port, log, crops, logger, metrics, labelsWithin });
    closers.push(() => server.close());
    const engine = await openEngine(model, { provider, threads, refine: true });
    closers.push(() => engine.close());
    const engineFor = shareEngine(engine, {
      batch,
      wait: batchWaitSeconds * 1000,
      onRun: (size) => metrics.pipeline.batchSize.observe(size),
      onQueue: (waiting) => metrics.pipeline.queueDepth.set({ stage: 'network' }, waiting),
    });
    const stopping = new Subject<void>();
    const streams = config.streams.map((stream) =>
      publishEvents(stream, {
        log,
        model,
        engine: engineFor(),
        batch,
        metrics: metrics.pipeline,
        crops,
        onWarning: (code, message) => logger.warn({ stream: stream.name, code }, message),
      }),
    );
    const running = merge(...streams, NEVER).pipe(takeUntil(stopping));
    const stop = () => stopping.next();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const names = config.streams.map(({ name }) => name).join(', ');
    process.stderr.write(`heatbox: serving ${names} at ${server.url}; stop with Ctrl-C\n`);
    await firstValueFrom(running, { defaultValue: undefined });
    process.off('SIGINT', stop).off('SIGTERM', stop);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}
