import type { Engine } from '../src/inference/engine.ts';
import type { Metrics } from '../src/server/metrics.ts';

/**
 * A part of a frame's way: `decode` until it has left the media host, `network` with its queue, `total` until its
 * events are published.
 */
export type Stage = 'decode' | 'network' | 'total';

/**
 * Measures what each frame of a stream spends where: `decode`, from its packet's arrival in the media host until it is
 * here; `network`, in the engine with its queue; `total`, from its packet's arrival until its events are published.
 */
export function stageTimes(
  stream: string,
  { stageSeconds }: Metrics['pipeline'],
  engine: Engine,
  onStage?: (stage: Stage, milliseconds: number) => void,
) {
  const observe = (stage: Stage, milliseconds: number) => {
    stageSeconds.observe({ stream, stage }, milliseconds / 1000);
    onStage?.(stage, milliseconds);
  };
  const since = (stage: Stage) => (frame: { readonly receivedAt?: number }) => {
    if (frame.receivedAt !== undefined) observe(stage, performance.timeOrigin + performance.now() - frame.receivedAt);
  };
  const timed: Engine = {
    ...engine,
    async run(inputs) {
      const began = performance.now();
      const maps = await engine.run(inputs);
      observe('network', performance.now() - began);
      return maps;
    },
  };
  return { arrived: since('decode'), published: since('total'), engine: timed };
}
