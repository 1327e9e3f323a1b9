import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events } from '../../src/client/node.ts';
import type { Engine } from '../../src/inference/engine.ts';
import type { HeatboxEvent } from '../../src/protocol/events.ts';
import { scratch } from '../support/heatbox.ts';
import { watchLive } from '../support/live.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const files = scratch();
let model: string;
beforeAll(() => {
  model = writeTinyModel(files.path('model'));
});
afterAll(() => files.remove());

/** Lets every run of the network take so long. */
const slow =
  (milliseconds: number) =>
  (engine: Engine): Engine => {
    return {
      ...engine,
      async run(inputs) {
        const maps = await engine.run(inputs);
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        return maps;
      },
    };
  };

describe('a network that takes a second a run', () => {
  it('has its late results in events and metrics, and nothing else is counted as dropped', async () => {
    const seen: HeatboxEvent[] = [];
    const watching = await watchLive({
      streams: [
        { name: 'cam', source: 'test:160x120@10', stride: 1, policy: 'latest', loop: false, topK: 2, minScore: 0.01 },
      ],
      model,
      engine: { threads: 1, batch: 1, batchWaitSeconds: 0, wrap: slow(1000) },
      server: { host: '127.0.0.1', port: 0 },
      logger: pino({ level: 'silent' }),
    });
    const subscription = events(watching.url, {
      from: 1,
      delivery: 'every',
      filters: { types: ['stream.state', 'track.started', 'track.updated', 'track.ended', 'frame'] },
    }).subscribe((event) => seen.push(event));
    const of = <T extends HeatboxEvent['type']>(type: T) =>
      seen.filter((event): event is Extract<HeatboxEvent, { type: T }> => event.type === type);
    try {
      await expect.poll(() => of('track.updated').length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
      const { framesDecoded, framesAnalysed, framesDropped } = watching.metrics.pipeline;
      const total = async (counter: typeof framesDecoded | typeof framesDropped) =>
        (await counter.get()).values.reduce((sum, { value }) => sum + value, 0);
      const [decoded, analysed, dropped] = await Promise.all([
        total(framesDecoded),
        total(framesAnalysed),
        total(framesDropped),
      ]);
      expect(analysed).toBeGreaterThanOrEqual(3);
      // One frame or two may be in the network at this moment.
      expect(decoded - analysed - dropped).toBeLessThanOrEqual(2);
      expect(decoded - analysed - dropped).toBeGreaterThanOrEqual(0);
      // The frame of a late result was shown before, once.
      const frames = of('frame').map(({ ptsUs }) => ptsUs);
      expect(new Set(frames).size).toBe(frames.length);
      const [updated] = of('track.updated');
      expect(frames).toContain(updated!.ptsUs);
    } finally {
      await watching.close();
    }
    await expect.poll(() => of('track.ended').length, { timeout: 5_000 }).toBeGreaterThan(0);
    expect(of('track.ended').some(({ duration, best, startPts }) => duration > 0 && best.pts >= startPts)).toBe(true);
    expect(of('stream.state').map(({ state }) => state)).toEqual(['connecting', 'live']);
    subscription.unsubscribe();
  });

  it('is not told as the silence of a source that waits for it', async () => {
    const states: string[] = [];
    const watching = await watchLive({
      streams: [{ name: 'cam', source: 'test:160x120@10', stride: 1, policy: 'lossless', loop: false }],
      model,
      engine: { threads: 1, batch: 1, batchWaitSeconds: 0, wrap: slow(4000) },
      server: { host: '127.0.0.1', port: 0 },
      patience: { stallAfter: 1500, giveUpAfter: 1000 },
      logger: pino({ level: 'silent' }),
      onPhase: (_, phase) => states.push(phase),
    });
    try {
      const analysed = async () => (await watching.metrics.pipeline.framesAnalysed.get()).values[0]?.value ?? 0;
      await expect.poll(analysed, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
      expect(states).toEqual(['connecting', 'live']);
    } finally {
      await watching.close();
    }
  });
});
