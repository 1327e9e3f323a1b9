import { expect, test } from 'vitest';
import { cropPath, cropStore } from '../../src/events/crop-store.ts';
import { openLog } from '../../src/events/log/log.ts';
import { type EventSink, follow } from '../../src/events/sink.ts';
import { syntheticStream } from './support/synthetic.ts';

test('a sink reads the log from any number on, at its own pace, until it is stopped', async () => {
  const log = await openLog();
  const stream = syntheticStream();
  const publish = async (frames: number) => {
    for (let i = 0; i < frames; i++) for (const draft of stream.next()) log.publish(draft);
    await log.flush();
  };
  await publish(20);
  const got: number[] = [];
  const stop = new AbortController();
  const sink: EventSink = async (source, signal) => {
    for await (const piece of follow(source, 5, signal)) {
      if (piece.kind === 'entries') got.push(...piece.entries.map(({ seq }) => seq));
      await new Promise(setImmediate);
    }
  };
  const running = sink(log, stop.signal);
  for (let i = 0; i < 10; i++) {
    await publish(5);
    await new Promise(setImmediate);
  }
  const last = log.newest;
  await expect.poll(() => got.at(-1)).toBe(last);
  stop.abort();
  await running;
  await publish(5);
  expect(got).toEqual(Array.from({ length: last - 4 }, (_, index) => index + 5));
  await log.close();
});

test('a sink ends with the log', async () => {
  const log = await openLog();
  const running = (async () => {
    for await (const _ of follow(log, 1, new AbortController().signal));
  })();
  await log.close();
  await running;
  for await (const _ of follow(log, 1, new AbortController().signal)) expect.unreachable();
});

test('crops are kept, newest first, within a bound', () => {
  const crops = cropStore(100);
  const key = (track: number) => ({ stream: 'door', session: 'a/b', track });
  for (let track = 1; track <= 4; track++) crops.put(key(track), new Uint8Array(40));
  expect([1, 2, 3, 4].map((track) => crops.get(key(track))?.length)).toEqual([undefined, undefined, 40, 40]);
  crops.put(key(3), new Uint8Array(60));
  expect([3, 4].map((track) => crops.get(key(track))?.length)).toEqual([60, 40]);
  expect(cropPath(key(3))).toBe('v1/streams/door/sessions/a%2Fb/tracks/3/crop.jpg');
});
