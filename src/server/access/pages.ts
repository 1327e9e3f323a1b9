import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Which pages of other sites may use what a server answers. */
export interface Pages {
  /** Whether an `Origin` is one of the allowed ones. */
  readonly isAllowed: (origin: string) => boolean;
  readonly allowedHosts: ReadonlySet<string>;
  /**
   * Whether a page of another site that is not allowed is putting the answer into itself, as with `<img>` and `<iframe>`:
   * such requests have no `Origin`. A link that a person follows is none.
   */
  isEmbedding(headers: IncomingHttpHeaders): boolean;
  /** What tells a browser which pages may use the answer to a request. */
  headersFor(request: IncomingMessage, isOpen: boolean): Record<string, string>;
  /** Whether a browser asks on behalf of an allowed page whether it may ask something (a CORS preflight). */
  isPreflight(request: IncomingMessage): boolean;
  /** The CSP directive that says which pages may have the answer in a frame. */
  readonly frameAncestors: string;
}

/** @param origins - Allowed ones, as `https://example.org`. */
export function pagesOf(origins: readonly string[]): Pages {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin));
  const allowedHosts = new Set([...allowed].map((origin) => new URL(origin).hostname));
  const isAllowed = (origin: string) => allowed.has(origin);
  const frameAncestors = ["frame-ancestors 'self'", ...allowed].join(' ');

  /** A page can leave its `Referer` out, but not make one up. */
  const isReferredByAllowed = ({ referer }: IncomingHttpHeaders) => {
    const origin = referer === undefined ? undefined : originOf(referer);
    return origin !== undefined && isAllowed(origin);
  };

  function isEmbedding(headers: IncomingHttpHeaders): boolean {
    const site = headers['sec-fetch-site'];
    if ((site !== 'cross-site' && site !== 'same-site') || headers.origin !== undefined) return false;
    if (headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document') return false;
    return !isReferredByAllowed(headers);
  }

  function isPreflight({ method, headers }: IncomingMessage): boolean {
    return method === 'OPTIONS' && isAllowed(headers.origin ?? '') && 'access-control-request-method' in headers;
  }

  function headersFor(request: IncomingMessage, isOpen: boolean): Record<string, string> {
    const { headers } = request;
    const { origin } = headers;
    const isForAllowed = origin !== undefined && isAllowed(origin);
    const answer: Record<string, string> = {
      'cross-origin-resource-policy':
        isOpen || isForAllowed || isReferredByAllowed(headers) ? 'cross-origin' : 'same-origin',
      'content-security-policy': frameAncestors,
    };
    if (allowed.size === 0) answer['x-frame-options'] = 'SAMEORIGIN';
    else answer.vary = 'Origin, Referer';
    if (!isForAllowed) return answer;
    answer['access-control-allow-origin'] = origin;
    answer['access-control-expose-headers'] = 'x-heatbox-pts-us, x-heatbox-session, retry-after';
    if (!isPreflight(request)) return answer;
    answer['access-control-allow-methods'] = 'GET, HEAD, POST';
    answer['access-control-allow-headers'] = 'authorization, content-type';
    answer['access-control-max-age'] = '600';
    if (headers['access-control-request-private-network'] === 'true')
      answer['access-control-allow-private-network'] = 'true';
    return answer;
  }

  return { isAllowed, allowedHosts, isEmbedding, headersFor, isPreflight, frameAncestors };
}

function originOf(url: string): string | undefined {
  try {
    return new URL(url).origin;
  } catch {
    return undefined;
  }
}
