import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { events } from '../../src/client/node.ts';
import { addSlash, withoutBase } from '../../src/server/base-path.ts';
import { serve } from './support/serve.ts';

test.each([
  ['/heatbox/v1/events?x=1', '/heatbox', '/v1/events?x=1'],
  ['/heatbox/v1/events', '/heatbox/', '/v1/events'],
  ['/heatbox', '/heatbox', '/'],
  ['/heatbox?x', '/heatbox', '/?x'],
  ['/v1/events', '/heatbox', '/v1/events'],
  ['/heatboxes/v1', '/heatbox', '/heatboxes/v1'],
  ['/a/b/c', '/a/b', '/c'],
  ['/a/b', undefined, '/a/b'],
])('%s under %s is %s: a proxy may leave the path in or not', (url, base, expected) => {
  expect(withoutBase(url, base)).toBe(expected);
});

test('who asks for a path that a proxy left in is told so', async () => {
  const { server, wsUrl } = await serve();
  const response = await fetch(`${server.url}/heatbox/?x=1`);
  const words =
    'There is nothing at /heatbox/ here: if a proxy leaves its path in, let it take that off, or set server.basePath';
  expect([response.status, await response.json()]).toEqual([404, { error: 'not-found', message: words }]);
  const client = events(wsUrl.replace('/v1/', '/heatbox/v1/'));
  await expect(firstValueFrom(client)).rejects.toThrow('There is nothing at /heatbox/v1/events here: if a proxy');
});

test('the path without its slash leads to the page, whose addresses are relative', async () => {
  expect(addSlash('/a/heatbox?x=1', '/a/heatbox/')).toBe('heatbox/?x=1');
  expect(addSlash('/heatbox/', '/heatbox')).toBeUndefined();
  expect(addSlash('/heatbox', undefined)).toBeUndefined();
  const { server } = await serve({ basePath: '/a/heatbox' });
  const response = await fetch(`${server.url}/a/heatbox`, { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([308, 'heatbox/']);
  expect((await fetch(`${server.url}/a/heatbox/healthz`)).status).toBe(200);
});
