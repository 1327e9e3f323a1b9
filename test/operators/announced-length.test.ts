import { ignoreElements } from 'rxjs';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Standing } from '../../src/operators/stream-phase.ts';
import { COCKATOO, SHORT } from '../support/clips.ts';
import {
  freePort,
  keepAlive,
  mediaHosts,
  missingRtspServer,
  openLiveSource,
  type RtspServer,
  rtspServer,
} from '../support/live.ts';

describe.skipIf(missingRtspServer())('a server that announces how long its recording is', () => {
  let server: RtspServer;
  afterEach(async () => {
    await server?.kill();
    await expect.poll(() => mediaHosts(), { timeout: 5000 }).toEqual([]);
  });

  async function watch(file: string) {
    server = await rtspServer(await freePort(), { encoder: file });
    const standings: Standing[] = [];
    const sessions = new Set<string>();
    let frames = 0;
    const subscription = keepAlive({
      ...{ firstWait: 50, longestWait: 100 },
      open: async (signal) => {
        const source = await openLiveSource({ input: server.url }, {}, signal);
        expect(source.info.duration).toBeGreaterThan(0);
        return source;
      },
      run(source, session) {
        sessions.add(session);
        source.alive.subscribe(() => frames++);
        return source.frames({ inputSize: { width: 32, height: 32 }, policy: 'latest' }).pipe(ignoreElements());
      },
      onStanding: (standing) => standings.push(standing),
    }).subscribe();
    onTestFinished(() => subscription.unsubscribe());
    const becomes = (phase: Standing['phase']) =>
      expect.poll(() => standings.at(-1)?.phase, { timeout: 20_000, interval: 50 }).toBe(phase);
    return { standings, sessions, becomes, played: () => frames > 1 };
  }

  it('and dies is a lost connection: it is opened again', async () => {
    const { standings, sessions, becomes, played } = await watch(COCKATOO);
    await becomes('live');
    await expect.poll(played, { timeout: 20_000 }).toBe(true);
    await server.kill();
    await expect.poll(() => standings.map(({ phase }) => phase), { timeout: 20_000 }).toContain('reconnecting');
    server = await rtspServer(Number(new URL(server.url).port), { encoder: COCKATOO });
    await expect.poll(() => sessions.size, { timeout: 20_000 }).toBe(2);
    await becomes('live');
    expect(standings.map(({ phase }) => phase)).not.toContain('ended');
  });

  it('and comes to it has ended', async () => {
    const { becomes, sessions } = await watch(SHORT);
    await becomes('ended');
    expect(sessions.size).toBe(1);
  });
});
