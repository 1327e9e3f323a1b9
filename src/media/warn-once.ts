import type { WarningCode } from '../error-codes.ts';
import type { HostEvent } from './protocol.ts';

export type Warn = (code: WarningCode, message: string) => void;

/** Sends each warning the first time it is given. */
export function warnOnce(send: (event: HostEvent) => void): Warn {
  const warned = new Set<string>();
  return (code, message) => {
    if (!warned.has(message)) send({ type: 'warning', code, message });
    warned.add(message);
  };
}
