import type { Readable } from 'node:stream';
import { EnvHttpProxyAgent, interceptors, request } from 'undici';
import { HeatboxError } from '../../error.ts';
import { redact } from '../../text/redact.ts';

/** A server's answer to a request for a file from some byte on. */
export interface RangeAnswer {
  /** The first byte it sends: 0 from a server that sends the whole. */
  readonly start: number;
  readonly body: Readable;
}

/** How requests are made. Whoever made it closes it. */
export interface HttpClient {
  /**
   * Asks for a file from a byte on.
   *
   * @returns undefined where the server has nothing from there on.
   * @throws HeatboxError `FETCH_REFUSED` where asking again is no use; other errors where it may be.
   */
  from(url: URL, start: number, signal?: AbortSignal): Promise<RangeAnswer | undefined>;
  close(): Promise<void>;
}

/**
 * A client that goes through the proxies of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, follows redirects, and gives up
 * on a connection over which nothing has come for a while.
 *
 * @param stallMs - that while.
 */
export function httpClient(stallMs: number): HttpClient {
  const agent = new EnvHttpProxyAgent({ headersTimeout: stallMs, bodyTimeout: stallMs, connect: { timeout: stallMs } });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 5 }));
  return {
    async from(url, start, signal) {
      const headers = { 'accept-encoding': 'identity', ...(start > 0 && { range: `bytes=${start}-` }) };
      const {
        statusCode,
        headers: answer,
        body,
      } = await request(url, { dispatcher, headers, ...(signal && { signal }) });
      if (statusCode === 200) return { start: 0, body };
      if (statusCode === 206 && rangeStart(answer['content-range']) === start) return { start, body };
      // Let go of the connection; what is still coming is of no use.
      body.on('error', () => {}).destroy();
      if (statusCode === 416 || statusCode === 206) return undefined;
      throw refusal(url, statusCode);
    },
    close: () => agent.destroy(),
  };
}

/** `bytes 100-199/1000` → 100 */
function rangeStart(header: string | string[] | undefined): number | undefined {
  const match = /^bytes (\d+)-/.exec(String(header));
  return match ? Number(match[1]) : undefined;
}

function refusal(url: URL, status: number): Error {
  const said = `${redact(url.href)} answered with status ${status}`;
  // Too early, too many, too slow, or in trouble: these pass.
  if ([408, 425, 429].includes(status) || status >= 500) return new Error(said);
  return new HeatboxError('FETCH_REFUSED', said, {
    value: status,
    hint:
      status === 404
        ? 'The file is not there, or not any more; see whether a newer heatbox has another place for it.'
        : 'See whether this machine may go there, or needs a proxy (HTTPS_PROXY).',
  });
}
