import { expect, test } from 'vitest';
import { eventsUrl, serverOf } from '../../src/client/events.ts';
import { serverUrl, socketUrl } from '../../src/protocol/address.ts';

test.each([
  ['https://host', 'https://host/v1/x'],
  ['https://host/', 'https://host/v1/x'],
  ['https://host/heatbox', 'https://host/heatbox/v1/x'],
  ['https://host:8443/a/b/?q=1#token=t', 'https://host:8443/a/b/v1/x'],
])('an address on the server %s keeps its prefix', (server, expected) => {
  expect(serverUrl(server, 'v1/x').href).toBe(expected);
  expect(serverUrl(server, '/v1/x').href).toBe(expected);
  expect(socketUrl(server, 'v1/x').href).toBe(expected.replace('http', 'ws'));
});

test('an address on a server never leads to another one', () => {
  for (const path of ['https://other/x', '//other/x', 'javascript:alert(1)'])
    expect(serverUrl('https://host/heatbox/', path).href).toMatch(/^https:\/\/host\/heatbox\//);
});

test.each([
  ['https://host/heatbox/', 'wss://host/heatbox/v1/events'],
  ['http://host/heatbox', 'ws://host/heatbox/v1/events'],
  ['wss://host/heatbox/v1/events', 'wss://host/heatbox/v1/events'],
  ['ws://host/v1/events/?a=b', 'ws://host/v1/events?a=b'],
])('the events of %s', (server, expected) => {
  expect(eventsUrl(server)).toBe(expected);
  expect(serverOf(eventsUrl(server))).toBe(expected.replace('ws', 'http').replace(/v1\/events.*$/, ''));
});
