import { defaultsOf } from '../options/option.ts';
import { limitOptions } from '../options/server.ts';

/** What one client, and all together, may use of a server. */
export interface Limits {
  /** WebSocket connections at a time. */
  readonly connections: number;
  /** Bytes of one message from a client. */
  readonly payloadBytes: number;
  /** Messages a client may send at once, and one more each half second. */
  readonly messages: number;
  /** Subscriptions a connection may make, one after the other, over its life. */
  readonly subscriptions: number;
  /** Bytes of events a client may be behind before it is closed with 1013. */
  readonly lagBytes: number;
  /** Seconds between heartbeats; a client that is silent for two of them is gone. */
  readonly heartbeatSeconds: number;
  /** Seconds a connection may take for its request, and for its first subscription. */
  readonly patienceSeconds: number;
}

/** The messages and subscriptions of a client are no options: no client that works comes near them. */
export const DEFAULT_LIMITS: Limits = { ...defaultsOf(limitOptions), messages: 20, subscriptions: 100 };
