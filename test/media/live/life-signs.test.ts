import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lifeSigns } from '../../../src/media/live/life-signs.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a source', () => {
  it('is alive while packets arrive, though no frame of them is ready', () => {
    const say = vi.fn();
    const life = lifeSigns(say);
    for (let i = 0; i < 100; i++) {
      life.packet(true, 0);
      vi.advanceTimersByTime(100);
    }
    expect(say).toHaveBeenCalledTimes(20);
  });

  it('is not alive by damaged packets, nor for ever by such that bring no frame', () => {
    const say = vi.fn();
    const life = lifeSigns(say);
    for (let i = 0; i < 100; i++) life.packet(false, 0);
    expect(say).not.toHaveBeenCalled();
    vi.advanceTimersByTime(30_000);
    life.packet(true, 0);
    expect(say).not.toHaveBeenCalled();
    life.packet(true, 1);
    expect(say).toHaveBeenCalledTimes(1);
  });

  it('is alive while it is made to wait', async () => {
    const say = vi.fn();
    let go = () => {};
    const waiting = lifeSigns(say).during(new Promise<void>((resolve) => (go = resolve)));
    vi.advanceTimersByTime(20_000);
    expect(say).toHaveBeenCalledTimes(40);
    go();
    await waiting;
    vi.advanceTimersByTime(20_000);
    expect(say).toHaveBeenCalledTimes(40);
  });
});
