import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Whose `X-Forwarded-Host` and `X-Forwarded-For` are believed: everybody's, nobody's, or that of these addresses and networks. */
export type TrustProxy = boolean | readonly string[];

/** Who asks, and for which host, as seen in front of the trusted proxies. */
export interface Asked {
  /** As in a `Host` header. */
  readonly host: string | undefined;
  /** IP address; an IPv4 address is not written as IPv6. */
  readonly address: string;
}

/**
 * Reads what trusted proxies say of a request. Addresses are followed from the nearest proxy outwards, up to the first one
 * that is not trusted, so that a client cannot make one up. With `true` only the nearest proxy counts.
 *
 * @param trust - Addresses and networks, e.g. `127.0.0.1` and `10.0.0.0/8`.
 */
export function readForwarded(trust: TrustProxy = false): (request: IncomingMessage) => Asked {
  const isTrusted = trusted(trust);
  return ({ headers, socket }) => {
    const peer = plain(socket.remoteAddress ?? '');
    if (!isTrusted(peer)) return { host: headers.host, address: peer };
    const chain = list(headers['x-forwarded-for']).map(plain);
    let address = peer;
    while (chain.length > 0) {
      const next = chain.pop()!;
      if (isIP(next) === 0) break;
      address = next;
      if (trust === true || !isTrusted(next)) break;
    }
    return { host: list(headers['x-forwarded-host'])[0] ?? headers.host, address };
  };
}

/** Whether a text is an address or a network, as `readForwarded` takes it. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function trusted(trust: TrustProxy): (address: string) => boolean {
  if (typeof trust === 'boolean') return () => trust;
  const networks = new BlockList();
  for (const text of trust) {
    const [address = '', bits] = text.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) networks.addAddress(address, family);
    else networks.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function list(header: string | string[] | undefined): string[] {
  return String(header ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Without the port and brackets that some proxies add. */
function plain(address: string): string {
  const bare = address
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  return bare;
}
