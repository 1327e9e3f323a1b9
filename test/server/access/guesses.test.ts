import { describe, expect, test } from 'vitest';
import { limitGuesses } from '../../../src/server/access/guesses.ts';
import { connect, serve } from '../support/serve.ts';

const guess = (n: number) => Buffer.from(`guess ${n}`);

describe('who guesses tokens', () => {
  test('waits twice as long after each further guess, five minutes at most, and is forgotten after a while', () => {
    let now = 0;
    const guesses = limitGuesses(() => now);
    const waits = Array.from({ length: 25 }, (_, n) => {
      guesses.wrong('192.0.2.1', guess(n));
      return guesses.wait('192.0.2.1');
    });
    expect(waits.slice(0, 14)).toEqual([...Array(10).fill(0), 1, 2, 4, 8]);
    expect(Math.max(...waits)).toBe(300);
    expect(guesses.wait('192.0.2.2')).toBe(0);
    now += 31 * 60_000;
    guesses.wrong('192.0.2.1', guess(99));
    expect(guesses.wait('192.0.2.1')).toBe(0);
  });

  test('is a whole network of IPv6, and nobody who repeats one wrong token', () => {
    const guesses = limitGuesses(() => 0);
    for (let n = 0; n < 20; n++) guesses.wrong(`2001:db8::${n}`, guess(n));
    expect(guesses.wait('2001:db8:0:0:ffff::1')).toBeGreaterThan(0);
    expect(guesses.wait('2001:db8:0:1::1')).toBe(0);
    for (let n = 0; n < 100; n++) guesses.wrong('192.0.2.1', guess(0));
    expect(guesses.wait('192.0.2.1')).toBe(0);
  });

  test('is told so, over HTTP and WebSocket, also with the right token; others behind the proxy are not', async () => {
    const { server, wsUrl } = await serve({ token: 'secret-token', trustProxy: ['127.0.0.1'] });
    const ask = (token: string, address: string) =>
      fetch(`${server.url}/v1/access`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': `10.0.0.1, ${address}` },
      });
    for (let n = 0; n < 12; n++) await ask(`guess-${n}`, '192.0.2.1');
    const refused = await ask('secret-token', '192.0.2.1');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ message: expect.stringContaining('try again in') });
    const headers = { authorization: 'Bearer secret-token', 'x-forwarded-for': '192.0.2.1' };
    await expect(connect(wsUrl, { headers })).rejects.toThrow('HTTP 429');
    expect((await ask('secret-token', '192.0.2.2')).status).toBe(204);
  });
});
