import { HeatboxError } from '../../error.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { isSignable, signUrl } from '../../server/access/signed-url.ts';

export type SignFlags = FlagsOf<'sign'>;

const DAY_SECONDS = 86_400;

/**
 * Returns the address of a picture with a signature that lets its bearer in without a token.
 *
 * @throws HeatboxError `BAD_VALUE` without a token, or if the address is not that of a picture
 */
export function signedAddress(address: string, flags: SignFlags): string {
  const token = flags.token ?? process.env.HEATBOX_TOKEN;
  if (!token)
    throw new HeatboxError('BAD_VALUE', 'A signature needs the token of the server', {
      kind: 'usage',
      hint: 'Set HEATBOX_TOKEN. A server without a token needs no signature.',
    });
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !isSignable(url))
    throw new HeatboxError('BAD_VALUE', 'That is not the address of a picture', {
      kind: 'usage',
      hint: 'It looks like https://host:8080/v1/streams/door/snapshot.jpg.',
    });
  return signUrl(url, token, new Date(Date.now() + 1000 * (flags.for ?? DAY_SECONDS))).href;
}
