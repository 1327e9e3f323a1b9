import { SUBPROTOCOL, TOKEN_SUBPROTOCOL } from './constants.ts';

/** The WebSocket subprotocols with which a browser, which cannot set headers, shows its token. */
export function subprotocols(token: string | undefined): string[] {
  return token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, TOKEN_SUBPROTOCOL + base64url(token)];
}

function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
