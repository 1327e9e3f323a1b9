import { HeatboxError } from '../../../error.ts';
import { streamOptions } from '../../../options/streams.ts';
import { redact } from '../../../text/redact.ts';
import { cameraLocator, screenLocator } from './capture-locator.ts';
import type { Locator } from './locator.ts';

/** A connection that says nothing for so long is given up, microseconds. */
const SILENCE = '10000000';

/** What a source may cost before its first frame: seconds and bytes FFmpeg looks at to find its streams. */
const PROBING = { analyzeduration: '2000000', probesize: '2000000' };

/**
 * The protocols FFmpeg may use are those of the source alone: a playlist on the network cannot read files, and one in a
 * file cannot reach the network. It can still make requests to other hosts by the same protocols.
 */
const PROTOCOLS = {
  file: 'file',
  http: 'http,https,tcp,tls,crypto,httpproxy',
  rtsp: 'rtsp,tcp,udp,rtp',
  rtsps: 'rtsp,rtsps,tcp,tls,rtp,srtp',
  rtmp: 'rtmp,tcp',
  rtmps: 'rtmp,rtmps,tcp,tls',
} as const;

/** Where a source is said to be by a scheme; everything else is a file. Windows' drives have one letter. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

const TEST_PATTERN = /^test:(?:(\d{2,4})x(\d{2,4}))?(?:@(\d{1,3}))?$/i;

/**
 * Reads what a user calls a source: `rtsp(s)://`, `rtmp(s)://`, `http(s)://`, `webcam:[device][?size=…&fps=…&format=…]`,
 * `screen:[display][?size=…&fps=…]`, `test:[WxH][@fps]`, or a file. Credentials are percent-encoded already.
 *
 * @throws HeatboxError `SOURCE_SCHEME`, `SOURCE_OPTION`, `SCREEN_…`, `WEBCAM_…`
 */
export function locate(input: string, transport: 'tcp' | 'udp' = streamOptions.transport.default): Locator {
  const scheme = SCHEME.exec(input)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return { kind: 'file', url: `file:${input}`, options: { protocol_whitelist: PROTOCOLS.file } };
    case 'http':
    case 'https':
      return {
        kind: 'http',
        url: input,
        // A live playlist is joined at its newest segment.
        options: { ...PROBING, protocol_whitelist: PROTOCOLS.http, rw_timeout: SILENCE, live_start_index: '-1' },
      };
    case 'rtsp':
    case 'rtsps':
      return {
        kind: 'rtsp',
        url: input,
        options: {
          ...PROBING,
          protocol_whitelist: PROTOCOLS[scheme],
          rtsp_transport: scheme === 'rtsp' ? transport : 'tcp',
          // Of the RTSP demuxer, which does not know `rw_timeout`.
          timeout: SILENCE,
          allowed_media_types: 'video',
        },
      };
    case 'rtmp':
    case 'rtmps':
      return {
        kind: 'rtmp',
        url: input,
        options: { ...PROBING, protocol_whitelist: PROTOCOLS[scheme], rw_timeout: SILENCE, rtmp_live: 'live' },
      };
    case 'webcam':
      return cameraLocator(input.slice('webcam:'.length));
    case 'screen':
      return screenLocator(input.slice('screen:'.length));
    case 'test':
      return testLocator(input);
    default:
      throw new HeatboxError('SOURCE_SCHEME', `cannot watch ${redact(input)}: "${scheme}:" is no kind of source`, {
        value: redact(input),
        kind: 'usage',
        hint: 'Give a file, rtsp://, rtmp://, http(s)://, webcam:, screen: or test:.',
      });
  }
}

function testLocator(input: string): Locator {
  const match = TEST_PATTERN.exec(input);
  if (match === null) {
    throw new HeatboxError('SOURCE_OPTION', `"${input}" is no test pattern`, {
      value: input,
      kind: 'usage',
      hint: 'Write test: or, with its size and rate, test:640x360@25.',
    });
  }
  const [, width = '1280', height = '720', rate = '25'] = match;
  return { kind: 'test', url: `testsrc2=size=${width}x${height}:rate=${rate}`, format: 'lavfi', options: {} };
}
