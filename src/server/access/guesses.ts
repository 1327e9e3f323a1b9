import { isIPv6 } from 'node:net';

export interface GuessLimit {
  /** Whole seconds that an address has to wait before a token of its is looked at; 0 if it need not wait. */
  wait(address: string): number;
  /** The address showed a wrong token. */
  wrong(address: string, token: Buffer): void;
}

interface Guesser {
  /** The last wrong tokens, hashed: a client that repeats one misconfigured token does not guess. */
  readonly tokens: Set<string>;
  count: number;
  last: number;
  until: number;
}

/** Different wrong tokens that an address may try before it has to wait. */
const FREE = 10;
const LONGEST_MS = 5 * 60_000;
const FORGET_MS = 30 * 60_000;
const MOST_ADDRESSES = 10_000;

/**
 * Slows down whoever tries tokens: after ten different wrong ones an address waits, twice as long after each further one,
 * up to 5 minutes; for so long no token of its is looked at. Half an hour without a wrong one clears it.
 *
 * @param now - Milliseconds; Defaults to a clock that never jumps.
 */
export function limitGuesses(now = () => performance.now()): GuessLimit {
  const guessers = new Map<string, Guesser>();

  return {
    wait(address) {
      const guesser = guessers.get(networkOf(address));
      return guesser === undefined ? 0 : Math.max(0, Math.ceil((guesser.until - now()) / 1000));
    },
    wrong(address, token) {
      const key = networkOf(address);
      const time = now();
      const known = guessers.get(key);
      const guesser =
        known && time - known.last < FORGET_MS ? known : { tokens: new Set<string>(), count: 0, last: time, until: 0 };
      guessers.delete(key);
      guessers.set(key, guesser);
      if (guessers.size > MOST_ADDRESSES) guessers.delete(guessers.keys().next().value!);
      const text = token.toString('base64');
      if (guesser.tokens.has(text)) return;
      guesser.tokens.add(text);
      if (guesser.tokens.size > 2 * FREE) guesser.tokens.delete(guesser.tokens.values().next().value!);
      guesser.last = time;
      guesser.count++;
      if (guesser.count > FREE) guesser.until = time + Math.min(LONGEST_MS, 1000 * 2 ** (guesser.count - FREE - 1));
    },
  };
}

/** One subscriber of IPv6 has a whole /64. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0');
  return [...groups, ...zeros, ...after].slice(0, 4).join(':');
}
