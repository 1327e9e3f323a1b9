import { HeatboxError } from '../../error.ts';
import type { WarningCode } from '../../error-codes.ts';
import type { Engine } from '../engine.ts';
import { inOrder } from './in-order.ts';
import { mapsOf } from './maps-of.ts';

export interface FallbackOptions {
  /** Opens the engine to fall back on. Called once, when it is needed. */
  readonly open: () => Promise<Engine>;
  /** Told when the first engine is given up. */
  readonly onWarning?: (code: WarningCode, message: string) => void;
}

/** What tells of the device, not of the inputs. */
const deviceFailures = ['ENGINE_RUN', 'ENGINE_FAILED', 'ENGINE_GONE', 'INTERNAL'];

/**
 * An engine that another stands in for once a run fails on it, as when its device is lost: the batches under way are run
 * again there, and all that come after. None is lost, and they are answered in order. Where the other fails on the batch
 * as well, the batch is at fault, and the first engine stays.
 */
export function withFallback(first: Engine, { open, onWarning }: FallbackOptions): Engine {
  const ordered = inOrder();
  let current = first;
  let other: Promise<Engine> | undefined;
  let leaving: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  async function runSafely(engine: Engine, ...batch: Parameters<Engine['run']>): ReturnType<Engine['run']> {
    try {
      return await engine.run(...batch);
    } catch (error) {
      const failed = error instanceof HeatboxError && deviceFailures.includes(error.code);
      if (!failed || engine !== first || closing !== undefined) throw error;
      other ??= open();
      const substitute = await other;
      const maps = await substitute.run(...batch);
      giveUp(substitute, error);
      return maps;
    }
  }

  function giveUp(substitute: Engine, { message }: HeatboxError): void {
    if (current !== first) return;
    current = substitute;
    leaving = first.close().catch(() => {});
    onWarning?.(
      'ENGINE_FELL_BACK',
      `the network failed on ${first.provider} (${message}) and goes on on ${substitute.provider}; no frame is lost`,
    );
  }

  async function close(): Promise<void> {
    const left = leaving ?? first.close();
    const opened = await other?.catch(() => undefined);
    await Promise.all([left, opened?.close()]);
  }

  return {
    get provider() {
      return current.provider;
    },
    get why() {
      return current.why;
    },
    get precision() {
      return current.precision;
    },
    workers: first.workers,
    ...mapsOf(first),
    run: (inputs) => ordered(runSafely(current, inputs)),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
