import { defer, NEVER } from 'rxjs';
import { expect, it } from 'vitest';
import { HeatboxError } from '../../src/error.ts';
import type { LiveSource } from '../../src/media/source.ts';
import { keepAlive } from '../../src/operators/keep-alive.ts';
import type { Standing } from '../../src/operators/stream-phase.ts';

const refused = new HeatboxError('SOURCE_UNAUTHORIZED', 'wrong user name or password', {
  kind: 'usage',
  hint: 'Correct them.',
});
const camera = {
  info: { input: 'rtsp://cam/1' },
  alive: NEVER,
  close: async () => {},
} as unknown as LiveSource;

/** @returns the first standing that tells of the refusal, and how many times the source was opened until then. */
async function afterRefusal(wasLive: boolean): Promise<{ standing: Standing; opened: number }> {
  let opened = 0;
  const seen = new Promise<Standing>((resolve) => {
    const subscription = keepAlive({
      open: async () => {
        opened++;
        if (wasLive) return camera;
        throw refused;
      },
      run: () => defer(() => Promise.reject(refused)),
      onStanding(standing) {
        if (standing.reason === null) return;
        resolve(standing);
        queueMicrotask(() => subscription.unsubscribe());
      },
    }).subscribe();
  });
  return { standing: await seen, opened };
}

it('a camera that refuses the password is not asked again', async () => {
  const { standing, opened } = await afterRefusal(false);
  expect(standing).toMatchObject({ phase: 'failed', reason: 'wrong user name or password. Correct them.' });
  expect(opened).toBe(1);
});

it('nor for minutes where it took it before: it may lock the address', async () => {
  const { standing, opened } = await afterRefusal(true);
  expect(standing.phase).toBe('reconnecting');
  expect(standing.due! - performance.now()).toBeGreaterThan(4 * 60_000);
  expect(opened).toBe(1);
});
