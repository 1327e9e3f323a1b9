import { constants } from 'node:os';
import {
  AVERROR_EXIT,
  AVERROR_HTTP_FORBIDDEN,
  AVERROR_HTTP_NOT_FOUND,
  AVERROR_HTTP_UNAUTHORIZED,
} from 'node-av/constants';
import { FFmpegError } from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { redact } from '../../text/redact.ts';
import { isRefusal, URL_REFUSED } from './demuxers.ts';

/** A failed call of FFmpeg on a source. */
export interface Failure {
  /** What was being done, e.g. `open` or `read the streams of`. */
  readonly doing: string;
  /** What the call returned. */
  readonly code: number;
  /** What FFmpeg's log said, its latest line last: often more than its return values. */
  readonly complaints?: readonly string[];
  /** The source was fine before. */
  readonly lost?: boolean;
  readonly transport?: 'tcp' | 'udp';
}

interface Meaning {
  readonly name: ErrorCode;
  readonly words: string;
  readonly hint?: string;
  /** Whether trying again is of no use until the user changes something. */
  readonly final?: true;
}

const LIST = /whitelist/i;

const { ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, EPROTONOSUPPORT, ETIMEDOUT } = constants.errno;

/**
 * Says what an error of a camera, a server or a file means: what is wrong, in the user's words, and what to do.
 *
 * @param input - The source, with its credentials.
 */
export function sourceError(input: string, failure: Failure): HeatboxError {
  const { doing, code, complaints = [], lost = false } = failure;
  const shown = redact(input);
  const meaning = meaningOf(input, failure);
  const cause = new Error([FFmpegError.strerror(code), ...complaints].join('; '));
  const what = lost ? `lost ${shown}` : `could not ${doing} ${shown}`;
  if (meaning === undefined) {
    const hint = isRemote(input) || lost ? undefined : INCOMPLETE;
    return new HeatboxError(lost ? 'SOURCE_LOST' : 'SOURCE_UNREADABLE', `${what}: ${bareWords(code, complaints)}`, {
      ...{ value: shown, cause, hint },
      kind: isRemote(input) || lost ? 'runtime' : 'usage',
    });
  }
  const { name, words, hint, final = false } = meaning;
  return new HeatboxError(name, `${what}: ${words}`, {
    ...{ value: shown, cause, hint },
    kind: final ? 'usage' : 'runtime',
  });
}

const INCOMPLETE =
  'Check that it is a complete video file that FFmpeg can read; a recording that was cut off before its end has no index.';

function meaningOf(input: string, { code, complaints = [], transport = 'tcp' }: Failure): Meaning | undefined {
  if (!isRemote(input)) return undefined;
  // A list of what is allowed has words of everything.
  const said = complaints.filter((line) => !LIST.test(line)).join('\n');
  const status = Number(/(?:HTTP error|failed:) (\d{3})\b/.exec(said)?.[1] ?? 0);
  const says = (words: RegExp) => words.test(said);
  if (code === AVERROR_HTTP_UNAUTHORIZED || status === 401) return unauthorized(input);
  if (code === AVERROR_HTTP_FORBIDDEN || status === 403) return FORBIDDEN;
  if (code === AVERROR_HTTP_NOT_FOUND || status === 404 || status === 410) return NO_STREAM;
  if (code === -EPROTONOSUPPORT || status === 461) return otherTransport(transport);
  if (complaints.some(isRefusal)) return { name: 'SOURCE_IS_MANIFEST', words: URL_REFUSED, final: true };
  if (says(/resolve hostname/i)) return NO_HOST;
  if (code === -ECONNREFUSED || says(/connection refused/i)) return REFUSED;
  if (code === -EHOSTUNREACH || code === -ENETUNREACH || says(/(No route to host|unreachable)/i)) return NO_ROUTE;
  if (code === -ETIMEDOUT || code === AVERROR_EXIT || says(/timed out/i)) return SILENT;
  if (code === -ECONNRESET || says(/(reading RTSP data: End of file|connection reset|Broken pipe)/i)) return CLOSED;
  if (says(/(\bSSL\b|\bTLS\b|certificate)/i)) return NO_TLS;
  return undefined;
}

const FORBIDDEN: Meaning = {
  name: 'SOURCE_FORBIDDEN',
  words: 'it refuses access (403)',
  hint: 'Check what this user may see. Some cameras lock an address for minutes after several wrong passwords.',
};
const NO_STREAM: Meaning = {
  name: 'SOURCE_NO_STREAM',
  words: 'it has no such stream (404)',
  hint: "Check the path of the address: it differs from maker to maker, and the camera's manual or an ONVIF tool names it.",
};
const NO_HOST: Meaning = {
  name: 'SOURCE_UNREACHABLE',
  words: 'its host name cannot be resolved',
  hint: 'Check the name, or use the IP address.',
};
const REFUSED: Meaning = {
  name: 'SOURCE_UNREACHABLE',
  words: 'it refuses the connection: nothing listens there',
  hint: 'Check the address and the port (usually 554 for RTSP), and that the camera is on and its stream enabled.',
};
const NO_ROUTE: Meaning = {
  name: 'SOURCE_UNREACHABLE',
  words: 'it cannot be reached from this machine',
  hint: 'Check the address, the network and the firewall.',
};
const SILENT: Meaning = {
  name: 'SOURCE_SILENT',
  words: 'it does not answer',
  hint: 'Check that the camera is on and that the port and the scheme (rtsp, rtmp, http) are the right ones.',
};
const CLOSED: Meaning = {
  name: 'SOURCE_CLOSED',
  words: 'it closes the connection without an answer',
  hint: 'Check the port and the scheme (rtsp, rtmp, http); cameras also do this when too many programs watch them.',
};
const NO_TLS: Meaning = {
  name: 'SOURCE_TLS',
  words: 'it does not set up an encrypted connection',
  hint: 'Check the port, or use the scheme without encryption (rtsp, rtmp, http).',
};

function unauthorized(input: string): Meaning {
  const tried = /^[a-z+]+:\/\/[^/?#]*@/i.test(input);
  return tried
    ? {
        name: 'SOURCE_UNAUTHORIZED',
        words: 'wrong user name or password (401)',
        hint:
          'Correct them: many cameras lock an address after a few tries, so heatbox does not go on trying. ' +
          'If they are right, the camera may demand SHA-256 digest authentication, which FFmpeg lacks: allow MD5 digest in its settings.',
        final: true,
      }
    : {
        name: 'SOURCE_UNAUTHORIZED',
        words: 'it asks for a user name and a password (401)',
        hint: 'Put them into the address: scheme://user:password@host/path.',
        final: true,
      };
}

function otherTransport(transport: 'tcp' | 'udp'): Meaning {
  const other = transport === 'tcp' ? 'udp' : 'tcp';
  return {
    name: 'SOURCE_TRANSPORT',
    words: `it does not send over ${transport.toUpperCase()} (461)`,
    hint: `Use --rtsp-transport ${other} (transport: ${other} in a configuration).`,
    final: true,
  };
}

/** FFmpeg's word for the code, and what its log said where that word tells nothing. */
function bareWords(code: number, complaints: readonly string[]): string {
  const word = FFmpegError.strerror(code);
  return /^(Invalid (data|argument)|Input\/output)/.test(word) ? (complaints.at(-1) ?? word) : word;
}

/** A still picture in the place of a stream. */
export function pictureError(input: string): HeatboxError {
  const shown = redact(input);
  return new HeatboxError('SOURCE_IS_PICTURE', `${shown} is a picture, not a video`, {
    value: shown,
    kind: 'usage',
    hint: "Give the address of the camera's stream: rtsp://…, or that of its MJPEG stream.",
  });
}

/** Whether it names a host. */
function isRemote(input: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\/[^/?#]/i.test(input);
}
