import { HeatboxError } from '../../src/error.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import type { Engine } from '../../src/inference/engine.ts';
import type { ClassMaps, ModelInput } from '../../src/types.ts';

export const input = (tag: number, side = 32): ModelInput => ({ width: side, height: side, data: Uint8Array.of(tag) });
export const inputs = (...tags: number[]) => tags.map((tag) => input(tag));
export const tagsOf = (maps: ClassMaps[]) => maps.map(({ logits }) => logits[0]);

/** An engine that answers with the tag of each input when it is told to, and remembers its batches. */
export function manualEngine(provider = 'test') {
  const batches: number[][] = [];
  const pending: { resolve(): void; reject(error: HeatboxError): void }[] = [];
  let closed = 0;
  const engine: Engine = {
    provider,
    run: (batch) => {
      const tags = batch.map(({ data }) => data[0]!);
      batches.push(tags);
      const maps = tags.map((tag): ClassMaps => {
        const value = Float32Array.of(tag);
        return { classCount: 1, rows: 1, cols: 1, logits: value, maps: value };
      });
      return new Promise((resolve, reject) => pending.push({ resolve: () => resolve(maps), reject }));
    },
    close: async () => {
      closed++;
    },
  };
  const next = async () => {
    while (pending.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    return pending.shift()!;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    engine,
    batches,
    closed: () => closed,
    async answer() {
      (await next()).resolve();
      await settled();
    },
    async fail(code: ErrorCode = 'ENGINE_RUN') {
      (await next()).reject(new HeatboxError(code, 'device lost'));
      await settled();
    },
  };
}
