import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  connecting,
  type Happening,
  type PhaseOptions,
  type Standing,
} from '../../src/operators/stream-phase.ts';

const options: PhaseOptions = {
  openWithin: 10_000,
  stallAfter: 2000,
  giveUpAfter: 3000,
  firstWait: 1000,
  longestWait: 8000,
  healthyAfter: 5000,
  loop: false,
};
const never = () => 0;
const lost = (reason = 'gone', hopeless = false): Happening => ({ type: 'lost', reason, hopeless });
const frame: Happening = { type: 'frame' };
const due: Happening = { type: 'due' };

/** Runs happenings at their times, and what falls due before each and until the end. */
function run(steps: readonly (readonly [at: number, happening: Happening])[], until = 0, given = options): Standing {
  let standing = connecting(0, given);
  const passDue = (time: number) => {
    while (standing.due !== undefined && standing.due <= time)
      standing = advance(standing, due, standing.due, given, never);
  };
  for (const [at, happening] of steps) {
    passDue(at);
    standing = advance(standing, happening, at, given, never);
  }
  passDue(until);
  return standing;
}

describe('a source kept alive', () => {
  it('is live from its first frame on', () => {
    expect(run([[100, frame]])).toMatchObject({ phase: 'live', reason: null, due: 2100 });
  });

  it('stalls without frames, and is live again with the next', () => {
    expect(run([[0, frame]], 2500)).toMatchObject({ phase: 'stalled', reason: 'no frame for 2 s' });
    const back = run([
      [0, frame],
      [3000, frame],
    ]);
    expect(back).toMatchObject({ phase: 'live', liveSince: 3000 });
  });

  it('is opened anew where it stays silent', () => {
    const silent = run([[0, frame]], 5000);
    expect(silent).toMatchObject({ phase: 'reconnecting', reason: 'no frame for 5 s', due: 6000, failures: 1 });
    expect(run([[0, frame]], 6000)).toMatchObject({ phase: 'connecting', due: 16_000 });
  });

  it('gives up an opening that takes too long', () => {
    expect(advance(connecting(0, options), due, 10_000, options, never)).toMatchObject({
      phase: 'reconnecting',
      reason: 'no frame for 10 s',
    });
  });

  it('waits twice as long after each failure, up to the longest wait', () => {
    let standing = connecting(0, options);
    const waits: number[] = [];
    for (let failure = 0; failure < 6; failure++) {
      standing = advance(standing, lost(), 0, options, never);
      waits.push(standing.due!);
      standing = advance(standing, due, 0, options, never);
      expect(standing.phase).toBe('connecting');
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  });

  it('shortens waits by chance, by up to half', () => {
    const wait = (chance: number) => advance(connecting(0, options), lost(), 0, options, () => chance).due;
    expect([wait(0), wait(0.5), wait(1)]).toEqual([1000, 750, 500]);
  });

  it('forgets failures after a healthy time, and not before', () => {
    const failed: [number, Happening][] = [
      [0, lost()],
      [1500, lost()],
    ];
    const frames = (until: number): [number, Happening][] =>
      Array.from({ length: (until - 4000) / 500 + 1 }, (_, index) => [4000 + index * 500, frame]);
    expect(run([...failed, ...frames(8500)]).failures).toBe(2);
    expect(run([...failed, ...frames(9000)]).failures).toBe(0);
  });

  it('ends at its end, or begins anew where it loops', () => {
    expect(
      run([
        [0, frame],
        [10, { type: 'ended' }],
      ]),
    ).toEqual({ phase: 'ended', reason: null, failures: 0 });
    expect(
      run(
        [
          [0, frame],
          [10, { type: 'ended' }],
        ],
        0,
        { ...options, loop: true },
      ).phase,
    ).toBe('connecting');
  });

  it('fails where there is no hope, and stays so', () => {
    const failed = run([[0, lost('no such file', true)]]);
    expect(failed).toMatchObject({ phase: 'failed', reason: 'no such file' });
    expect(advance(failed, frame, 9, options, never)).toBe(failed);
  });

  it('never waits without an end, whatever happens', () => {
    const happening = fc.oneof(
      fc.constant(frame),
      fc.constant(due),
      fc.constant<Happening>({ type: 'ended' }),
      fc.boolean().map((hopeless) => lost('x', hopeless)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4000), happening)), fc.boolean(), (steps, loop) => {
        let now = 0;
        let standing = connecting(0, { ...options, loop });
        for (const [later, what] of steps) {
          now += later;
          standing = advance(standing, what, now, { ...options, loop }, Math.random);
          const over = standing.phase === 'ended' || standing.phase === 'failed';
          if (over) expect(standing.due).toBeUndefined();
          else expect(standing.due! - now).toBeLessThanOrEqual(options.openWithin);
          if (standing.phase === 'reconnecting') expect(standing.due! - now).toBeLessThanOrEqual(options.longestWait);
        }
      }),
    );
  });
});
