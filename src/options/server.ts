import { table } from './option.ts';

/** Who may reach a server, and where. */
export const serverOptions = table({
  host: {
    type: 'text',
    form: 'address',
    default: '127.0.0.1',
    words: 'address to listen on; beyond this machine a token is required',
  },
  port: { type: 'integer', range: [0, 65_535], default: 8080, words: 'port to listen on; 0 for any free one' },
  token: {
    type: 'text',
    form: 'word',
    words: 'what clients must show',
  },
  origins: {
    type: 'origins',
    flag: 'origin',
    words: 'web origins whose pages may connect, e.g. that of a proxy',
  },
  trustProxy: {
    type: 'networks',
    words:
      'proxies whose X-Forwarded-Host and X-Forwarded-For are believed: addresses, networks, or all (in a configuration: true)',
  },
  basePath: {
    type: 'text',
    words: 'path that a proxy serves this server under and leaves in its requests, e.g. /heatbox',
  },
  insecure: { type: 'switch', default: false, words: 'let other machines in without a token' },
});

/** The server's certificate. */
export const tlsOptions = table({
  cert: { type: 'text', words: 'PEM file of the certificate chain, relative to the configuration' },
  key: { type: 'text', words: 'PEM file of its private key, relative to the configuration' },
});

/** What one client, and all together, may use of a server. */
export const limitOptions = table({
  connections: { type: 'integer', range: [1, 100_000], default: 512, words: 'WebSocket connections at a time' },
  payloadBytes: {
    type: 'integer',
    range: [256, 1_048_576],
    unit: 'bytes',
    default: 16 * 1024,
    words: 'size of a message from a client',
  },
  lagBytes: {
    type: 'integer',
    range: [65_536, Number.POSITIVE_INFINITY],
    unit: 'bytes',
    default: 8 * 1024 * 1024,
    words: 'how far a client may be behind before it is closed with 1013; at most a quarter of log.memoryMegabytes',
  },
  heartbeatSeconds: {
    type: 'number',
    range: [0.1, 300],
    unit: 'seconds',
    default: 15,
    words: 'time between heartbeats; a client that is silent for two of them is gone',
  },
  patienceSeconds: {
    type: 'number',
    range: [0.1, 300],
    unit: 'seconds',
    default: 15,
    words: 'how long a connection may take for its request, and for its first subscription',
  },
});

/** What serve's command line changes. */
export const serveOptions = table({
  logLevel: {
    type: 'choice',
    form: 'level',
    of: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    words: 'least severe messages that are logged: trace, debug, info, warn, error or silent',
  },
});

/** The event log. */
export const logOptions = table({
  folder: { type: 'text', words: 'folder that events are kept in', absent: 'in memory alone' },
  memoryMegabytes: {
    type: 'number',
    range: [1, 65_536],
    unit: 'MiB',
    default: 32,
    words: 'memory for the newest events, about twice their JSON',
  },
  retainMegabytes: {
    type: 'number',
    range: [1, Number.POSITIVE_INFINITY],
    unit: 'MiB',
    default: 1024,
    words: 'space on disk; the oldest events go first',
  },
  retainDays: {
    type: 'number',
    range: [0.001, Number.POSITIVE_INFINITY],
    unit: 'days',
    default: 7,
    words: 'how long events are kept on disk',
  },
});
