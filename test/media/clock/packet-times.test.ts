import { AV_NOPTS_VALUE } from 'node-av/constants';
import { Packet, type Stream } from 'node-av/lib';
import { describe, expect, it } from 'vitest';
import type { ClockFault } from '../../../src/media/clock/clock-judge.ts';
import { packetTimes } from '../../../src/media/clock/packet-times.ts';

const RATE = { num: 25, den: 1 };
const VIDEO = {
  ...{ codecpar: { videoDelay: 0 }, timeBase: { num: 1, den: 90_000 } },
  ...{ avgFrameRate: RATE, rFrameRate: RATE },
} as unknown as Stream;

/** Ten packets per second. @returns their times in seconds. */
function stamped(count: number, paced: boolean, pts: (packet: number) => number) {
  const faults: ClockFault[] = [];
  const times = packetTimes(VIDEO, {
    ...{ timeline: { place: () => {} }, oneFrame: 3600n, paced, rates: !paced },
    onFault: (fault) => faults.push(fault),
  });
  const packet = new Packet();
  packet.alloc();
  const seconds = Array.from({ length: count }, (_, index) => {
    packet.pts = BigInt(Math.round(pts(index) * 90_000));
    packet.dts = AV_NOPTS_VALUE;
    times.stamp(packet, 100 + index / 10);
    return Number(packet.pts) / 90_000;
  });
  packet.free();
  return { seconds, faults };
}

const rises = (seconds: readonly number[]) => seconds.slice(1).every((time, index) => time > seconds[index]!);

describe('a source whose timestamps stand still', () => {
  it('goes on by the clock of arrival, and no time comes twice or goes back', () => {
    const { seconds, faults } = stamped(200, false, () => 5);
    expect(faults).toEqual([{ type: 'standing' }]);
    expect(rises(seconds)).toBe(true);
    expect(seconds[199]! - seconds[99]!).toBeCloseTo(10, 3);
  });

  it('is counted by its frame rate where it is a file', () => {
    const { seconds, faults } = stamped(200, true, () => 5);
    expect(faults).toEqual([{ type: 'standing' }]);
    expect(rises(seconds)).toBe(true);
    expect(seconds[199]! - seconds[99]!).toBeCloseTo(4, 3);
  });
});

describe('a source whose clock is ten times too fast or slow', () => {
  it.each([0.1, 10])('goes on by the clock of arrival: %d', (rate) => {
    const { seconds, faults } = stamped(300, false, (packet) => (packet / 10) * rate);
    expect(faults).toEqual([{ type: 'rate', rate: expect.closeTo(rate, 3) }]);
    expect(rises(seconds)).toBe(true);
    expect(seconds[299]! - seconds[199]!).toBeCloseTo(10, 3);
  });

  it('is left alone where it is right', () => {
    const { seconds, faults } = stamped(300, false, (packet) => packet / 10);
    expect(faults).toEqual([]);
    expect(seconds[299]).toBeCloseTo(29.9, 3);
  });
});
