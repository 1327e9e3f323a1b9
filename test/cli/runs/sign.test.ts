import { afterEach, describe, expect, it, vi } from 'vitest';
import { signedAddress } from '../../../src/cli/runs/sign.ts';
import { isSigned } from '../../../src/server/access/signed-url.ts';

const TOKEN = 'a-good-long-token';
const PICTURE = 'https://host:8080/heatbox/v1/streams/door/snapshot.jpg?overlay=1';

afterEach(() => vi.unstubAllEnvs());

describe('heatbox sign, for programs that know nothing but an address', () => {
  it('makes an address that lets in for a day, with the token of the environment', () => {
    vi.stubEnv('HEATBOX_TOKEN', TOKEN);
    const text = signedAddress(PICTURE, {});
    expect(text).toMatch(/^https:\/\/host:8080\/heatbox\/v1\/streams\/door\/snapshot\.jpg\?overlay=1&expires=\d+&/);
    expect(text).not.toContain(TOKEN);
    const hours = (count: number) => Date.now() + count * 3_600_000;
    expect(isSigned(new URL(text), TOKEN, hours(23.9))).toBe(true);
    expect(isSigned(new URL(text), TOKEN, hours(24.1))).toBe(false);
    expect(isSigned(new URL(text), 'another-token')).toBe(false);
  });

  it('holds for as long as it is told', () => {
    const url = new URL(signedAddress(PICTURE, { token: TOKEN, for: 60 }));
    expect(isSigned(url, TOKEN, Date.now() + 55_000)).toBe(true);
    expect(isSigned(url, TOKEN, Date.now() + 65_000)).toBe(false);
  });

  it.each([
    ['without a token', PICTURE, {}, 'needs the token'],
    ['what is no picture', 'https://host/v1/events', { token: TOKEN }, 'not the address of a picture'],
    ['what is no address', 'door', { token: TOKEN }, 'not the address of a picture'],
  ])('refuses %s', (_, address, flags, words) => {
    vi.stubEnv('HEATBOX_TOKEN', '');
    expect(() => signedAddress(address, flags)).toThrowError(
      expect.objectContaining({ code: 'BAD_VALUE', kind: 'usage', message: expect.stringContaining(words) }),
    );
  });
});
