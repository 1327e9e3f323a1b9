import { EventEmitter } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { DEFAULT_LIMITS } from '../../../src/server/limits.ts';
import { DEFAULT_VIDEO_LIMITS } from '../../../src/server/video/limits.ts';
import { serveViewer } from '../../../src/server/video/viewer.ts';

test('a viewer whose network is too slow for a few bytes is skipped to a keyframe by time', () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const taken: (() => void)[] = [];
  const sent: unknown[] = [];
  const socket = Object.assign(new EventEmitter(), {
    ...{ OPEN: 1, readyState: 1, bufferedAmount: 100, close() {}, terminate() {} },
    send(data: unknown, _: object, done?: () => void) {
      sent.push(data);
      if (done) taken.push(done);
    },
  });
  const nothing = () => undefined;
  const viewer = serveViewer(socket as unknown as WebSocket, {
    limits: { ...DEFAULT_LIMITS, ...DEFAULT_VIDEO_LIMITS },
    ...{
      onWatch: nothing,
      onPause: nothing,
      onClosed: nothing,
      onSent: nothing,
      onSkipped: nothing,
      onStalled: nothing,
    },
  });
  const unit = (n: number, key = false) => {
    viewer.unit(Uint8Array.of(n), key);
    vi.advanceTimersByTime(500);
  };
  viewer.begin([]);
  for (const n of [0, 1, 2, 3]) unit(n, n === 0);
  expect(sent).toEqual([0, 1, 2, 3].map((n) => Uint8Array.of(n)));
  // The first one has waited for 2 s.
  unit(4);
  unit(5, true);
  expect(sent).toHaveLength(4);
  for (const done of taken.splice(0)) done();
  unit(6);
  unit(7, true);
  expect(sent.slice(4)).toEqual([JSON.stringify({ type: 'skipped', units: 3 }), Uint8Array.of(7)]);
});
