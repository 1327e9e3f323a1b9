import { serverUrl } from '../protocol/address.ts';
import { foreignAnswer } from './foreign-answer.ts';

/** What a server says to somebody who wants to come in. */
export interface AccessAnswer {
  /** HTTP status: 204 if it lets them in; undefined if nobody answered. */
  readonly status: number | undefined;
  /** For the person who asks: why not, in the server's own words. */
  readonly words: string;
}

/** The little of `fetch` that is used; this package is compiled without the DOM's types. */
interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  text(): Promise<string>;
}
declare const fetch: (
  url: string,
  options: { method: string; headers: Record<string, string>; cache: string },
) => Promise<Answer>;

/**
 * Asks a server why it refuses a WebSocket, which browsers do not tell: with the same token and, since it is a POST, the same
 * `Origin`. Never throws.
 */
export async function askAccess(server: string, token: string | undefined): Promise<AccessAnswer> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const answer = await fetch(serverUrl(server, 'v1/access').href, { method: 'POST', headers, cache: 'no-store' });
    if (answer.ok) return { status: answer.status, words: NO_SOCKET };
    return {
      status: answer.status,
      words: wordsOf(await answer.text()) ?? foreignAnswer(answer.status, answer.statusText),
    };
  } catch {
    return { status: undefined, words: '' };
  }
}

/** Said if the server answers but its WebSockets do not get through. */
const NO_SOCKET =
  'The server answers, but WebSockets do not get through: a proxy in between must pass Upgrade and Connection on';
const MOST_WORDS = 500;

/** The message of an answer of heatbox; undefined for that of another program, e.g. a proxy's page of HTML. */
function wordsOf(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message.slice(0, MOST_WORDS) : undefined;
  } catch {
    return undefined;
  }
}
