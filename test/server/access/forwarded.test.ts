import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { isNetwork, readForwarded, type TrustProxy } from '../../../src/server/access/forwarded.ts';

const from = (remoteAddress: string, headers: Record<string, string>) =>
  ({ headers: { host: 'inside:8080', ...headers }, socket: { remoteAddress } }) as unknown as IncomingMessage;
const FORWARDED = { 'x-forwarded-host': 'cam.example', 'x-forwarded-for': '203.0.113.9, 10.1.2.3' };

test.each<[string, TrustProxy | undefined, string, string, string]>([
  ['nobody', undefined, '127.0.0.1', 'inside:8080', '127.0.0.1'],
  ['another', ['192.0.2.1'], '127.0.0.1', 'inside:8080', '127.0.0.1'],
  ['the proxy', ['127.0.0.1'], '::ffff:127.0.0.1', 'cam.example', '10.1.2.3'],
  ['both proxies', ['127.0.0.1', '10.0.0.0/8'], '127.0.0.1', 'cam.example', '203.0.113.9'],
  ['everybody', true, '192.0.2.7', 'cam.example', '10.1.2.3'],
])('what proxies say is believed of %s', (_, trust, peer, host, address) => {
  expect(readForwarded(trust)(from(peer, FORWARDED))).toEqual({ host, address });
});

test.each(['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'])('%s is an address or a network', (text) => {
  expect(isNetwork(text)).toBe(true);
});
test.each(['', 'host', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/'])('"%s" is none', (text) => {
  expect(isNetwork(text)).toBe(false);
});
