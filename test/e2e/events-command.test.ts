import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { serve } from '../server/support/serve.ts';
import { start } from '../support/heatbox.ts';

it('heatbox events shows the notices of the server', { timeout: 30_000 }, async () => {
  const { server } = await serve({ isKnownLabel: () => false });
  const { child, heard } = start(['events', server.url, '--streams', 'nowhere', '--labels', 'taby']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(heard, { timeout: 20_000 }).toMatch(/no stream "nowhere"[\s\S]*No class or group is called "taby"/);
});

it('heatbox events says what is wrong with a malformed event', { timeout: 30_000 }, async () => {
  const pretender = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => void pretender.close());
  await new Promise((resolve) => pretender.on('listening', resolve));
  pretender.on('connection', (socket) => {
    const hello = { type: 'hello', v: 1, server: 's', epoch: 'e', streams: [], oldest: 1, newest: 0, heartbeat: 60 };
    const event = { type: 'track.started', v: 1, seq: 1, stream: 'a', session: 'b', time: 'now', pts: 1, track: {} };
    for (const message of [hello, event]) socket.send(JSON.stringify(message));
  });
  const url = `http://127.0.0.1:${(pretender.address() as { port: number }).port}`;
  const { outcome } = start(['events', url, '--format', 'pretty']);
  const { code, lines } = await outcome;
  expect(lines.at(-1)).toMatch(/^heatbox: CLIENT_PROTOCOL: /);
  expect(code).toBe(1);
});
