import { readFile } from 'node:fs/promises';
import { HeatboxError } from '../error.ts';
import type { LogOptions } from '../events/log/log.ts';
import type { Limits } from '../server/limits.ts';
import type { ServerOptions } from '../server/server.ts';
import type { Config } from './schema.ts';

const MEGABYTE = 1_048_576;

/** The log's options out of a configuration. */
export function logOptions({ log }: Config): LogOptions {
  const memoryBytes = log.memoryMegabytes * MEGABYTE;
  if (log.folder === undefined) return { memoryBytes };
  // Old events are deleted by segments, so these are small beside what is kept.
  const disk = {
    folder: log.folder,
    segmentBytes: Math.min(16, log.retainMegabytes / 4) * MEGABYTE,
    segmentSeconds: Math.min(3600, log.retainDays * 3600),
    retainBytes: log.retainMegabytes * MEGABYTE,
    retainSeconds: log.retainDays * 86_400,
  };
  return { memoryBytes, disk };
}

/**
 * The server's options out of a configuration; reads the files of its certificate and key.
 *
 * @throws HeatboxError `SERVER_TLS` where one of them cannot be read.
 */
export async function serverOptions({
  server,
  streams,
}: Config): Promise<
  Pick<
    ServerOptions,
    'host' | 'port' | 'origins' | 'trustProxy' | 'basePath' | 'insecure' | 'limits' | 'streams' | 'token' | 'tls'
  >
> {
  const { host, port, origins = [], trustProxy, basePath, insecure, token, tls } = server;
  return {
    host,
    port,
    origins,
    insecure,
    streams: streams.map(({ name }) => name),
    limits: Object.fromEntries(
      Object.entries(server.limits).filter(([, value]) => value !== undefined),
    ) as Partial<Limits>,
    ...(trustProxy !== undefined && { trustProxy }),
    ...(basePath !== undefined && { basePath }),
    ...(token !== undefined && { token }),
    ...(tls && { tls: { cert: await readPem(tls.cert), key: await readPem(tls.key) } }),
  };
}

async function readPem(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new HeatboxError('SERVER_TLS', `cannot read ${path}: ${cause.code}`, {
      kind: 'usage',
      value: path,
      cause,
      hint: 'server.tls wants the paths of a PEM certificate and of its key.',
    });
  });
}
