import { describe, expect, test } from 'vitest';
import { createFilter } from '../../src/events/filter.ts';
import type { EventLog } from '../../src/events/log/log.ts';
import type { HeatboxEvent } from '../../src/protocol/events.ts';
import { syntheticStream } from '../events/support/synthetic.ts';
import { connect, serve } from './support/serve.ts';

const ALL = ['stream.started', 'stream.state', 'track.started', 'track.updated', 'track.ended', 'frame'] as const;

function run(log: EventLog, frames: number, stream = syntheticStream()): void {
  for (let i = 0; i < frames; i++) for (const draft of stream.next()) log.publish(draft);
}

function everything(log: EventLog, from = 1): HeatboxEvent[] {
  const events: HeatboxEvent[] = [];
  for (let seq = from; seq <= log.newest; seq++) {
    const entry = log.get(seq);
    if (entry) events.push(entry.event);
  }
  return events;
}

describe('greeting', () => {
  test('hello names the server, its epoch, streams and numbers', async () => {
    const { log, wsUrl } = await serve();
    for (const draft of syntheticStream().start()) log.publish(draft);
    run(log, 10);
    await log.flush();
    const client = await connect(wsUrl);
    expect(client.of('hello')).toEqual([
      {
        type: 'hello',
        v: 1,
        server: expect.any(String),
        epoch: log.epoch,
        streams: [{ name: 'door', state: 'live', session: 's1', size: { width: 1280, height: 720 } }],
        oldest: 1,
        newest: log.newest,
        heartbeat: 15,
      },
    ]);
    expect(client.socket.protocol).toBe('heatbox.v1');
  });
});

describe('subscribing', () => {
  test('without `from` brings what happens from then on, all but frames', async () => {
    const { log, wsUrl } = await serve();
    run(log, 10);
    await log.flush();
    const before = log.newest;
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe' });
    expect(await client.heard('live')).toEqual({ type: 'live', seq: before });
    run(log, 30, syntheticStream({ session: 's2' }));
    await log.flush();
    const expected = everything(log, before + 1).filter(({ type }) => type !== 'frame');
    await client.until(() => client.events().length === expected.length);
    expect(client.events()).toEqual(expected);
  });

  test('with `from` replays, says when it is live, and goes on without a gap or a repetition', async () => {
    const { log, wsUrl } = await serve();
    const stream = syntheticStream();
    run(log, 100, stream);
    await log.flush();
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', from: 7, epoch: log.epoch, filters: { types: [...ALL] }, delivery: 'every' });
    for (let i = 0; i < 50; i++) {
      run(log, 1, stream);
      await new Promise(setImmediate);
    }
    await log.flush();
    await client.until(() => client.last() === log.newest);
    expect(client.events()).toEqual(everything(log, 7));
    const live = client.messages.findIndex(({ type }) => type === 'live');
    const last = client.messages[live - 1] as HeatboxEvent;
    expect(client.of('live')).toEqual([{ type: 'live', seq: last.seq }]);
    expect(client.of('gap')).toEqual([]);
  });

  test('names the range that the log no longer holds', async () => {
    const { log, wsUrl } = await serve({}, { memoryBytes: 100_000 });
    run(log, 300);
    await log.flush();
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', from: 5, filters: { types: [...ALL] } });
    await client.heard('live');
    expect(client.of('gap')).toEqual([
      { type: 'gap', reason: 'expired', epoch: log.epoch, from: 5, to: log.oldest - 1 },
    ]);
    expect(client.events()).toEqual(everything(log));
  });

  test('with another epoch says so and replays everything', async () => {
    const { log, wsUrl } = await serve();
    run(log, 10);
    await log.flush();
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', from: 400, epoch: 'of an earlier start', filters: { types: [...ALL] } });
    await client.heard('live');
    expect(client.of('gap')).toEqual([
      { type: 'gap', reason: 'epoch', epoch: 'of an earlier start', from: 400, to: null },
    ]);
    expect(client.events()).toEqual(everything(log));
  });

  test('anew changes the filters and goes on where the first one stood', async () => {
    const { log, wsUrl } = await serve();
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', filters: { types: ['track.started'] } });
    await client.heard('live');
    run(log, 45);
    await log.flush();
    await client.until(() => client.of('track.started').length === 6);
    client.send({ type: 'subscribe', filters: { types: ['track.ended'] } });
    await client.heard('live', 2);
    run(log, 30, syntheticStream({ session: 's2' }));
    await log.flush();
    await client.until(() => client.of('track.ended').length === 2);
    expect(client.of('track.started').length).toBe(6);
  });

  test.each([
    ['stream', { streams: ['door'], types: [...ALL] }],
    ['label, in any case', { labels: ['Tabby'], types: [...ALL] }],
    ['WordNet id', { labels: ['n10000002'], types: [...ALL] }],
    ['score', { minScore: 0.75, types: [...ALL] }],
    ['region', { region: [0.3, 0, 0.5, 1] as [number, number, number, number], types: [...ALL] }],
    ['type', { types: ['track.ended', 'frame'] as ('track.ended' | 'frame')[] }],
  ])('filters by %s', async (_, filters) => {
    const { log, wsUrl } = await serve({ streams: ['door', 'yard'] });
    run(log, 60);
    run(log, 60, syntheticStream({ stream: 'yard', tracks: 4 }));
    await log.flush();
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', from: 1, filters });
    await client.heard('live');
    const expected = everything(log)
      .map(createFilter(filters))
      .filter((event) => event !== undefined);
    expect(client.events()).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(log.newest);
  });

  test('says when no class or group has a label of the filter', async () => {
    const { wsUrl } = await serve({ isKnownLabel: (label) => label === 'tabby' });
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', filters: { labels: ['tabby', 'taby'] } });
    expect(await client.heard('notice')).toMatchObject({
      code: 'unknown-label',
      message: expect.stringContaining('"taby"'),
    });
    await client.heard('live');
    expect(client.of('notice')).toHaveLength(1);
  });

  test('hello says why a stream does not play', async () => {
    const { log, wsUrl } = await serve();
    const reason = 'wrong user name or password';
    const at = { stream: 'door', session: 's', pts: null, ptsUs: null };
    log.publish({ ...at, type: 'stream.state', state: 'failed', reason });
    await log.flush();
    const client = await connect(wsUrl);
    expect((await client.heard('hello')).streams).toMatchObject([{ name: 'door', state: 'failed', reason }]);
  });

  test('says when a stream is not known at present, and waits for it', async () => {
    const { log, wsUrl } = await serve();
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', filters: { streams: ['later'] } });
    expect(await client.heard('notice')).toMatchObject({ code: 'unknown-stream' });
    await client.heard('live');
    run(log, 1, syntheticStream({ stream: 'later' }));
    await log.flush();
    await client.heard('track.started');
  });
});

describe('a slow client', () => {
  /** Makes enough events that neither the socket nor the kernel can hold them all. */
  async function overflow(log: EventLog, frames: number, stream = syntheticStream({ tracks: 100, life: 1e6 })) {
    for (let i = 0; i < frames; i++) {
      run(log, 1, stream);
      if (i % 5 === 0) {
        await log.flush();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    await log.flush();
  }

  test('gets the newest of each track, every start and end, and the count of the rest', async () => {
    const { log, wsUrl } = await serve({ limits: { lagBytes: 1e9 } }, { memoryBytes: 1e9 });
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', filters: { types: [...ALL] } });
    await client.heard('live');
    client.socket.pause();
    const stream = syntheticStream({ tracks: 100, life: 1e6 });
    await overflow(log, 400, stream);
    for (const draft of stream.end()) log.publish(draft);
    await log.flush();
    client.socket.resume();
    await client.until(() => client.last() === log.newest);

    const published = everything(log);
    const ofType = (events: HeatboxEvent[], type: string) => events.filter((event) => event.type === type);
    expect(ofType(client.events(), 'track.started')).toEqual(ofType(published, 'track.started'));
    expect(ofType(client.events(), 'track.ended')).toEqual(ofType(published, 'track.ended'));
    const seqs = client.seqs();
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    for (const type of ['track.updated', 'frame'] as const) {
      const dropped = client.of('lag').reduce((sum, lag) => sum + lag.dropped[type], 0);
      expect(dropped).toBeGreaterThan(0);
      expect(dropped + client.of(type).length).toBe(ofType(published, type).length);
    }
    const newest = new Map(
      published.flatMap((event) => (event.type === 'track.updated' ? [[event.track.id, event]] : [])),
    );
    const got = new Map(client.of('track.updated').map((event) => [event.track.id, event]));
    expect(got).toEqual(newest);
    for (const { from, to } of client.of('lag')) expect(from).toBeLessThanOrEqual(to);
  });

  test('past the byte limit is closed with 1013, and gets the rest by resuming', async () => {
    const { log, wsUrl } = await serve({ limits: { lagBytes: 2e6 } }, { memoryBytes: 1e9 });
    const filters = { types: [...ALL] };
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', filters, delivery: 'every' });
    await client.heard('live');
    client.socket.pause();
    await overflow(log, 150);
    client.socket.resume();
    expect(await client.closed).toMatchObject({ code: 1013 });
    const seen = client.seqs();
    const again = await connect(wsUrl);
    again.send({ type: 'subscribe', filters, delivery: 'every', from: (seen.at(-1) as number) + 1, epoch: log.epoch });
    await again.until(() => again.last() === log.newest);
    expect([...seen, ...again.seqs()]).toEqual(everything(log).map(({ seq }) => seq));
  });

  test('costs the others nothing: they get every event', async () => {
    const { log, wsUrl } = await serve({ limits: { lagBytes: 1e9 } }, { memoryBytes: 1e9 });
    const [slow, quick] = [await connect(wsUrl), await connect(wsUrl)];
    for (const client of [slow, quick]) {
      client.send({ type: 'subscribe', filters: { types: [...ALL] }, delivery: client === quick ? 'every' : 'latest' });
      await client.heard('live');
    }
    slow.socket.pause();
    await overflow(log, 150);
    await quick.until(() => quick.last() === log.newest);
    expect(quick.events()).toEqual(everything(log));
    expect(quick.of('lag')).toEqual([]);
    slow.socket.resume();
  });

  test('that asks for every event gets every event', async () => {
    const { log, wsUrl } = await serve({ limits: { lagBytes: 1e9 } }, { memoryBytes: 1e9 });
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', filters: { types: [...ALL] }, delivery: 'every' });
    await client.heard('live');
    client.socket.pause();
    await overflow(log, 150);
    client.socket.resume();
    await client.until(() => client.last() === log.newest);
    expect(client.events()).toEqual(everything(log));
  });
});

describe('the connection', () => {
  test('is closed when the peer no longer answers', async () => {
    const { wsUrl } = await serve({ limits: { heartbeatSeconds: 0.1 } });
    const client = await connect(wsUrl, { autoPong: false });
    expect(await client.closed).toMatchObject({ code: 1006 });
  });

  test('is closed when the peer is dead, though the system still takes events for it', async () => {
    const { log, wsUrl, metrics } = await serve({ limits: { heartbeatSeconds: 0.4 } });
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', delivery: 'every', filters: { types: ['frame'] } });
    await client.heard('live');
    // Reads nothing any more: no pong ever comes.
    client.socket.pause();
    const stream = syntheticStream();
    const trickle = setInterval(() => {
      for (const draft of stream.next()) log.publish(draft);
    }, 20);
    try {
      await expect
        .poll(async () => (await metrics.clients.connected.get()).values[0]?.value, { timeout: 4_000 })
        .toBe(0);
    } finally {
      clearInterval(trickle);
    }
  });

  test('answers a ping, once', async () => {
    const { wsUrl } = await serve();
    const client = await connect(wsUrl);
    const pongs: string[] = [];
    client.socket.on('pong', (data) => pongs.push(String(data)));
    for (const text of ['a', 'b']) client.socket.ping(text);
    client.send({ type: 'subscribe' });
    await client.heard('live');
    expect(pongs).toEqual(['a', 'b']);
  });

  test('is never silent for longer than the heartbeat, and tells how far it is', async () => {
    const { log, wsUrl } = await serve({ limits: { heartbeatSeconds: 0.1 } });
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', filters: { types: ['track.ended'] } });
    await client.heard('live');
    run(log, 10);
    await log.flush();
    await client.until(() => client.of('live').at(-1)?.seq === log.newest);
    expect(client.events()).toEqual([]);
  });

  test('ends with 1001 when the server stops, after everything published before', async () => {
    const { log, server, wsUrl } = await serve();
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', filters: { types: [...ALL] } });
    await client.heard('live');
    run(log, 20);
    await log.flush();
    await server.close();
    expect(await client.closed).toMatchObject({ code: 1001 });
    expect(client.events()).toEqual(everything(log));
  });
});
