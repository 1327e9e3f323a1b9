import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { logOptions, serverOptions } from '../../src/config/options.ts';

function config(text: string) {
  const parsed = parseConfig(`streams: [{name: door, source: a.mp4}]\n${text}`, {});
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

test('a log lives in memory unless it has a folder', () => {
  expect(logOptions(config(''))).toEqual({ memoryBytes: 32 * 2 ** 20 });
  expect(logOptions(config('log: {folder: /var/log/heatbox, retainDays: 1, retainMegabytes: 2}'))).toEqual({
    memoryBytes: 32 * 2 ** 20,
    disk: {
      folder: '/var/log/heatbox',
      segmentBytes: 2 ** 19,
      segmentSeconds: 3600,
      retainBytes: 2 * 2 ** 20,
      retainSeconds: 86_400,
    },
  });
});

test('a server has the limits that were set, and those alone', async () => {
  const options = await serverOptions(config('server: {port: 0, token: long-enough, limits: {connections: 3}}'));
  expect(options).toEqual({
    host: '127.0.0.1',
    port: 0,
    origins: [],
    insecure: false,
    streams: ['door'],
    token: 'long-enough',
    limits: { connections: 3 },
  });
});

test('a server behind a proxy knows whom to believe, which pages to let in and its path', async () => {
  const proxied = { origins: ['https://cam.example.org'], trustProxy: ['127.0.0.1'], basePath: '/heatbox' };
  expect(await serverOptions(config(`server: ${JSON.stringify(proxied)}`))).toMatchObject(proxied);
});

test('a certificate that cannot be read is said to be', async () => {
  const options = serverOptions(config('server: {tls: {cert: /nowhere.pem, key: /nowhere.key}}'));
  await expect(options).rejects.toMatchObject({ code: 'SERVER_TLS', value: '/nowhere.pem', kind: 'usage' });
});
