import type { HeatboxError } from '../../error.ts';
import type { WarningCode } from '../../error-codes.ts';
import type { Slice } from '../../threads/notes.ts';
import { fromWire } from '../../threads/wire-error.ts';
import type { HostEvent } from '../protocol.ts';

/** Functions that are called with what a media host says beside its frames. */
export interface HostListeners {
  /** Called with a stable code and a sentence for everything that is odd, but stops nothing. */
  readonly warning?: (code: WarningCode, message: string) => void;
  /** FFmpeg's own lines, by its log levels; of every source of the process, since its log is one. */
  readonly log?: (level: number, message: string) => void;
  /** What the host does, in batches; of hosts in a thread. */
  readonly slices?: (slices: readonly Slice[]) => void;
}

/** What a host says, handed on to those who listen: the part that its two homes have in common. */
interface HostLine {
  receive(event: HostEvent): void;
  /** The first failure stays; whoever listens later hears of it too. */
  fail(error: HeatboxError): void;
  listen(next: (event: HostEvent) => void, error: (error: HeatboxError) => void): () => void;
}

export function hostLine({ warning, log, slices }: HostListeners): HostLine {
  const listeners = new Set<{ next: (event: HostEvent) => void; error: (error: HeatboxError) => void }>();
  let failure: HeatboxError | undefined;

  function fail(error: HeatboxError): void {
    failure ??= error;
    for (const listener of [...listeners]) listener.error(failure);
    listeners.clear();
  }

  return {
    fail,
    receive(event) {
      if (event.type === 'warning') warning?.(event.code, event.message);
      else if (event.type === 'log') log?.(event.level, event.message);
      else if (event.type === 'slices') slices?.(event.slices);
      else if (event.type === 'failed') fail(fromWire(event.error));
      else for (const listener of [...listeners]) listener.next(event);
    },
    listen(next, error) {
      const listener = { next, error };
      if (failure !== undefined) queueMicrotask(() => error(failure!));
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
