import fc from 'fast-check';
import { AV_NOPTS_VALUE, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { type Frame, Packet, type Stream } from 'node-av/lib';
import { describe, expect, it } from 'vitest';
import type { ClockFault } from '../../../src/media/clock/clock-judge.ts';
import { AHEAD_SECONDS, BACK_SECONDS } from '../../../src/media/clock/clock-policy.ts';
import { frameTimes } from '../../../src/media/clock/frame-times.ts';
import { packetTimes } from '../../../src/media/clock/packet-times.ts';
import { createTimeline } from '../../../src/media/clock/timeline.ts';

const VIDEO = {
  codecpar: { videoDelay: 0, codecType: AVMEDIA_TYPE_VIDEO },
  timeBase: { num: 1, den: 1000 },
  avgFrameRate: { num: 25, den: 1 },
  rFrameRate: { num: 25, den: 1 },
} as unknown as Stream;

/** What the clock does from one packet to the next, in milliseconds: runs, stands, jitters, pauses, jumps. */
const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(40) },
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: -90, max: 200 }) },
    { weight: 1, arbitrary: fc.integer({ min: -(2 ** 33), max: 2 ** 33 }) },
    { weight: 1, arbitrary: fc.integer({ min: 10_001, max: 20_000 }) },
  ),
  { minLength: 1, maxLength: 80 },
);
const durations = fc.constantFrom(0n, 1n, 40n, -7n, 2n ** 40n);

/** @returns the sums of the steps. */
function clockOf(all: readonly number[]): number[] {
  let time = 0;
  return all.map((step) => {
    time += step;
    return time;
  });
}

/** Places packets of one stream on a timeline. @returns their times, and how many jumps were told. */
function placed(times: readonly number[], jumpsAhead: boolean, duration: bigint) {
  let jumps = 0;
  const timeline = createTimeline([VIDEO], jumpsAhead, () => jumps++);
  const packet = new Packet();
  packet.alloc();
  const seconds = times.map((time) => {
    packet.streamIndex = 0;
    packet.pts = packet.dts = BigInt(time);
    packet.duration = duration;
    timeline.place(packet);
    return Number(packet.dts) / 1000;
  });
  packet.free();
  return { seconds, jumps };
}

describe('a clock that jumps', () => {
  it('goes on over jumps, whatever it does', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), durations, (all, jumpsAhead, duration) => {
        const { seconds } = placed(clockOf(all), jumpsAhead, duration);
        for (const [index, time] of seconds.slice(1).entries()) {
          const step = time - seconds[index]!;
          expect(step).toBeGreaterThanOrEqual(-BACK_SECONDS - 1e-9);
          // The end of the longest packet that is believed.
          if (jumpsAhead) expect(step).toBeLessThanOrEqual(2 * AHEAD_SECONDS + 1e-9);
        }
      }),
    );
  });

  it('is left alone where it only pauses', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 40, 15_000, 3_600_000), { minLength: 1, maxLength: 40 }), (all) => {
        const times = clockOf(all);
        expect(placed(times, false, 40n)).toEqual({ seconds: times.map((time) => time / 1000), jumps: 0 });
      }),
    );
  });
});

it('a jump that the time of display tells of first is one jump', () => {
  let jumps = 0;
  const timeline = createTimeline([VIDEO], true, () => jumps++);
  const packet = new Packet();
  packet.alloc();
  // The decoding time of each is the time of display of the one before.
  const shown = clockOf([40, 40, 40, 15_040, 40, 40]).map((time, index, all) => {
    packet.streamIndex = 0;
    packet.pts = BigInt(time);
    packet.dts = BigInt(all[index - 1] ?? 0);
    packet.duration = 40n;
    timeline.place(packet);
    return Number(packet.pts);
  });
  packet.free();
  expect(jumps).toBe(1);
  expect(shown.slice(1).every((time, index) => time > shown[index]! && time < shown[index]! + 100)).toBe(true);
});

describe('the times of frames', () => {
  const timestamps = fc.array(fc.oneof(fc.constant(AV_NOPTS_VALUE), fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n })));

  it('rise, whatever the timestamps are', () => {
    fc.assert(
      fc.property(timestamps, durations, (all, duration) => {
        const times = frameTimes(
          VIDEO,
          Number.NEGATIVE_INFINITY,
          () => {},
          () => {},
        );
        const ticks = all.map((bestEffortTimestamp) => times.of({ bestEffortTimestamp, duration } as Frame));
        for (const [index, tick] of ticks.slice(1).entries()) expect(tick > ticks[index]!).toBe(true);
      }),
    );
  });

  it.each([0, 1])('are counted where a file stands still, %i ticks per frame', (tick) => {
    const faults: ClockFault[] = [];
    const fine = { ...VIDEO, timeBase: { num: 1, den: 90_000 } } as unknown as Stream;
    const times = frameTimes(...([fine, 2, () => {}, (fault: ClockFault) => faults.push(fault)] as const));
    const frames = Array.from({ length: 100 }, (_, index) =>
      Number(times.of({ bestEffortTimestamp: BigInt(5 + index * tick), duration: 1n } as Frame)),
    );
    expect(faults).toEqual([{ type: 'standing' }]);
    expect(frames[99]! - frames[49]!).toBe(50 * 3600);
  });

  it('are those of the file again once its clock runs ahead', () => {
    const times = frameTimes(
      VIDEO,
      0,
      () => {},
      () => {},
    );
    for (let frame = 0; frame < 30; frame++) times.of({ bestEffortTimestamp: 0n, duration: 40n } as Frame);
    expect(times.of({ bestEffortTimestamp: 60_000n, duration: 40n } as Frame)).toBe(60_000n);
  });
});

it('no two packets of a live source share a time, and a clock of arrival rises, whatever the source says', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), durations, (all, paced, duration) => {
      let replacedAt: number | undefined;
      const stamps: bigint[] = [];
      const times = packetTimes(VIDEO, {
        ...{ timeline: createTimeline([VIDEO], !paced, () => {}), oneFrame: 40n, paced, rates: !paced },
        onFault: () => {
          replacedAt = stamps.length;
        },
      });
      const packet = new Packet();
      packet.alloc();
      for (const [index, time] of clockOf(all).entries()) {
        packet.streamIndex = 0;
        packet.pts = packet.dts = BigInt(time);
        packet.duration = duration;
        times.stamp(packet, index / 10);
        stamps.push(packet.pts);
      }
      packet.free();
      expect(new Set(stamps.slice(-64)).size).toBe(Math.min(64, stamps.length));
      const counted = stamps.slice(replacedAt ?? stamps.length);
      for (const [index, stamp] of counted.slice(1).entries()) expect(stamp > counted[index]!).toBe(true);
    }),
  );
});
