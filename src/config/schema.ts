import { z } from 'zod';
import { PRECISIONS } from '../inference/providers/precision.ts';
import { STREAM_NAME } from '../protocol/events.ts';
import { isNetwork } from '../server/access/forwarded.ts';

const fraction = z.number().min(0).max(1);
const labels = z.array(z.string().min(1)).min(1);

const streamConfigSchema = z.strictObject({
  name: z
    .string()
    .regex(STREAM_NAME, 'must be 1 to 64 letters, digits, ".", "_" or "-", the first a letter or digit')
    .meta({ description: 'What clients call the stream.' }),
  source: z.string().min(1).meta({
    description:
      'A file, rtsp://, rtmp://, http(s)://, webcam:, screen: or test:; files relative to this configuration.',
  }),
  transport: z.enum(['tcp', 'udp']).optional().meta({ description: 'How RTSP brings its packets; tcp by default.' }),
  labels: labels.optional().meta({ description: 'Only these classes: names, WordNet ids or indices.' }),
  excludeLabels: labels.optional().meta({ description: 'All classes but these.' }),
  topK: z.int().min(1).max(1000).optional().meta({ description: 'Localise the best K classes of a frame.' }),
  minScore: fraction.optional().meta({ description: 'Least softmax probability of a class.' }),
  threshold: z
    .number()
    .min(0.01)
    .max(0.99)
    .optional()
    .meta({ description: "Where a box ends, as a share of its heat map's range." }),
  inputSize: z
    .string()
    .regex(/^\d+x\d+$/, 'must look like 384x224')
    .optional()
    .meta({ description: 'What the network sees: WIDTHxHEIGHT, multiples of 32.' }),
  stride: z
    .union([z.int().min(1).max(1000), z.literal('auto')], { error: 'must be a whole number from 1 to 1000, or auto' })
    .default('auto')
    .meta({ description: 'Run the network on every Nth frame, or where it is worth it (auto).' }),
  policy: z.enum(['latest', 'lossless']).default('latest').meta({
    description: 'When the network is busy: leave frames out (latest), or let the source wait (lossless; files only).',
  }),
  loop: z.boolean().default(false).meta({ description: 'Begin a file anew at its end.' }),
});

const modelSchema = z
  .string()
  .min(1)
  .default('resnet50-imagenet')
  .meta({ description: 'Name or folder of the model.' });

const engineSchema = z.strictObject({
  provider: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Where the network runs: auto, cpu, webgpu, cuda, …; with commas, a worker each.' }),
  accuracy: z.enum(['fast', 'balanced', 'accurate']).optional().meta({
    description: 'Work that goes into a frame: fast (the default), balanced (1.7 times), accurate (3.4 times).',
  }),
  precision: z.enum(PRECISIONS).optional().meta({
    description: 'What the network computes in; auto, the default, is the fastest without a loss that shows.',
  }),
  threads: z.int().min(1).max(256).optional().meta({ description: 'Threads of the network; all cores by default.' }),
  batch: z.int().min(1).max(64).default(4).meta({ description: 'Most frames in a run of the network.' }),
  batchWaitSeconds: z.number().min(0).max(1).default(0.02).meta({ description: 'How long a batch waits to fill up.' }),
});

const limitsSchema = z.strictObject({
  connections: z.int().min(1).max(100_000).optional(),
  payloadBytes: z.int().min(256).max(1_048_576).optional(),
  messages: z.int().min(1).max(10_000).optional(),
  subscriptions: z.int().min(1).max(1_000_000).optional(),
  lagBytes: z.int().min(65_536).optional(),
  heartbeatSeconds: z.number().min(0.1).max(300).optional(),
  patienceSeconds: z.number().min(0.1).max(300).optional(),
});

/** As a header carries it. */
export const tokenSchema = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks');

const serverSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').meta({ description: 'Address to listen on.' }),
  port: z.int().min(0).max(65_535).default(8080).meta({ description: '0 for any free one.' }),
  token: tokenSchema
    .min(8, 'must have at least 8 characters')
    .optional()
    .meta({ description: 'What clients must show.' }),
  origins: z
    .array(z.url({ protocol: /^https?$/ }))
    .default([])
    .meta({ description: 'Web origins whose pages may connect, as https://example.org.' }),
  trustProxy: z
    .union([z.boolean(), z.array(z.string().refine(isNetwork, 'must be an address or a network, e.g. 10.0.0.0/8'))], {
      error: 'must be true, false, or a list of addresses and networks',
    })
    .optional()
    .meta({
      description: 'Proxies whose X-Forwarded-Host and -For are believed: addresses, networks, or true for all.',
    }),
  basePath: z
    .string()
    .regex(/^(\/[\w.~-]+)+\/?$/, 'must look like /heatbox')
    .optional()
    .meta({ description: 'Path that a proxy serves this server under and leaves in its requests, e.g. /heatbox.' }),
  insecure: z.boolean().default(false).meta({ description: 'Listen on other than loopback without a token.' }),
  tls: z
    .strictObject({ cert: z.string().min(1), key: z.string().min(1) })
    .optional()
    .meta({ description: 'PEM files, relative to this configuration.' }),
  limits: limitsSchema.default({}).meta({ description: 'What one client, and all together, may use.' }),
});

const logSchema = z.strictObject({
  folder: z.string().min(1).optional().meta({ description: 'Where events are kept; in memory alone by default.' }),
  memoryMegabytes: z.number().min(1).max(65_536).default(32),
  segmentMegabytes: z.number().min(0.1).max(4096).default(16),
  segmentHours: z.number().positive().max(8760).default(1),
  retainMegabytes: z.number().min(1).default(1024),
  retainDays: z.number().positive().default(7),
});

/** What `heatbox serve` reads from its YAML file. */
export const configSchema = z
  .strictObject({
    model: modelSchema,
    engine: engineSchema.prefault({}),
    server: serverSchema.prefault({}),
    log: logSchema.prefault({}),
    streams: z.array(streamConfigSchema).min(1, 'must name at least one stream').max(64),
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
  return { title: 'heatbox configuration', ...z.toJSONSchema(configSchema, { io: 'input' }) };
}
