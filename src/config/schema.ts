import { z } from 'zod';
import { analysisOptions, networkOptions } from '../options/analysis.ts';
import { limitOptions, logOptions, serverOptions, tlsOptions } from '../options/server.ts';
import { streamOptions } from '../options/streams.ts';
import { STREAM_NAME } from '../protocol/events.ts';
import { isNetwork } from '../server/access/forwarded.ts';
import { key, requiredKey, unfilledKey } from './key.ts';

const { labels, excludeLabels, topK, minScore, threshold, inputSize, stride } = analysisOptions;

const streamConfigSchema = z.strictObject({
  name: requiredKey(
    streamOptions.name,
    z.string().regex(STREAM_NAME, 'must be 1 to 64 letters, digits, ".", "_" or "-", the first a letter or digit'),
  ),
  source: requiredKey(streamOptions.source, z.string().min(1)),
  transport: key(streamOptions.transport),
  labels: key(labels),
  excludeLabels: key(excludeLabels),
  topK: key(topK),
  minScore: key(minScore),
  threshold: key(threshold),
  inputSize: key(inputSize, z.string().regex(/^\d+x\d+$/, 'must look like 384x224')),
  stride: key(stride),
  policy: key(streamOptions.policy),
  loop: key(streamOptions.loop),
});

const engineSchema = z.strictObject({
  provider: key(networkOptions.provider),
  accuracy: key(analysisOptions.accuracy),
  precision: key(networkOptions.precision),
  threads: key(networkOptions.threads),
  batch: key(networkOptions.batch),
  batchWaitSeconds: key(networkOptions.batchWaitSeconds),
});

const limitsSchema = z.strictObject({
  connections: unfilledKey(limitOptions.connections),
  payloadBytes: unfilledKey(limitOptions.payloadBytes),
  lagBytes: unfilledKey(limitOptions.lagBytes),
  heartbeatSeconds: unfilledKey(limitOptions.heartbeatSeconds),
  patienceSeconds: unfilledKey(limitOptions.patienceSeconds),
});

/** As a header carries it. */
export const tokenSchema = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks');

const networks = z.array(z.string().refine(isNetwork, 'must be an address or a network, e.g. 10.0.0.0/8'));

const serverSchema = z.strictObject({
  host: key(serverOptions.host),
  port: key(serverOptions.port),
  token: key(serverOptions.token, tokenSchema.min(8, 'must have at least 8 characters')),
  origins: key(serverOptions.origins, z.array(z.url({ protocol: /^https?$/ }))),
  trustProxy: key(
    serverOptions.trustProxy,
    z.union([z.boolean(), networks], { error: 'must be true, false, or a list of addresses and networks' }),
  ),
  basePath: key(serverOptions.basePath, z.string().regex(/^(\/[\w.~-]+)+\/?$/, 'must look like /heatbox')),
  insecure: key(serverOptions.insecure),
  tls: z
    .strictObject({
      cert: requiredKey(tlsOptions.cert, z.string().min(1)),
      key: requiredKey(tlsOptions.key, z.string().min(1)),
    })
    .optional()
    .meta({ description: 'Serve https and wss.' }),
  limits: limitsSchema.default({}).meta({ description: 'What one client, and all together, may use.' }),
});

const logSchema = z.strictObject({
  folder: key(logOptions.folder),
  memoryMegabytes: key(logOptions.memoryMegabytes),
  retainMegabytes: key(logOptions.retainMegabytes),
  retainDays: key(logOptions.retainDays),
});

/** What `heatbox serve` reads from its YAML file. */
export const configSchema = z
  .strictObject({
    model: key(networkOptions.model),
    engine: engineSchema.prefault({}).meta({ description: 'How the network runs that all streams share.' }),
    server: serverSchema.prefault({}).meta({ description: 'Who may connect, and where.' }),
    log: logSchema.prefault({}).meta({ description: 'How long events are kept.' }),
    streams: z
      .array(streamConfigSchema)
      .min(1, 'must name at least one stream')
      .max(64)
      .meta({ description: 'The sources, 1 to 64.' }),
  })
  .superRefine(({ streams, log, server }, context) => {
    for (const [index, { name }] of streams.entries()) {
      if (streams.findIndex((other) => other.name === name) < index)
        context.addIssue({ code: 'custom', path: ['streams', index, 'name'], message: `is used twice: "${name}"` });
    }
    const { lagBytes } = server.limits;
    if (lagBytes !== undefined && lagBytes > (log.memoryMegabytes * 1_048_576) / 4)
      context.addIssue({
        code: 'custom',
        path: ['server', 'limits', 'lagBytes'],
        message: 'must not be more than a quarter of log.memoryMegabytes',
      });
  });

export type Config = z.infer<typeof configSchema>;

/** JSON Schema of the configuration file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    $id: 'urn:heatbox:configuration',
    title: 'heatbox configuration',
    ...z.toJSONSchema(configSchema, { io: 'input' }),
  };
}
