import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { constants } from 'node:os';
import { createCanvas } from '@napi-rs/canvas';
import { AV_LOG_WARNING, AVERROR_EXIT } from 'node-av/constants';
import { Log, Packet } from 'node-av/lib';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { HeatboxError } from '../../../../src/error.ts';
import { sourceError } from '../../../../src/media/input/source-error.ts';
import { openLiveInput } from '../../../../src/media/live/packets/live-input.ts';
import { locate } from '../../../../src/media/live/source/locate.ts';
import { tcpServer } from '../../../support/tcp-server.ts';

const SDP =
  'v=0\r\no=- 1 1 IN IP4 0\r\ns=x\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';

let complaints: string[] = [];
afterEach(() => {
  Log.setCallback(null);
});

/** Opens a source in this thread. @returns why it cannot be. */
async function refusal(input: string, transport: 'tcp' | 'udp' = 'tcp'): Promise<HeatboxError> {
  complaints = [];
  Log.setCallback((_, line) => complaints.push(line.trim()), { maxLevel: AV_LOG_WARNING });
  const port = { onInterrupt: () => {}, complaints: () => complaints };
  const error = await openLiveInput(input, locate(input, transport), port).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(HeatboxError);
  return error as HeatboxError;
}

/** An RTSP camera that answers some methods with a status of its own. @returns its host and port. */
async function camera(answers: Readonly<Record<string, string>>): Promise<string> {
  const server = await tcpServer((socket: Socket) => {
    socket.on('data', (data) => {
      const [method = ''] = data.toString().split(' ');
      const sequence = /CSeq: (\d+)/i.exec(data.toString())?.[1];
      const body = method === 'DESCRIBE' && answers.DESCRIBE === undefined ? SDP : '';
      const status = answers[method] ?? '200 OK';
      const more = body === '' ? '' : `Content-Type: application/sdp\r\nContent-Length: ${body.length}\r\n`;
      const asks = status.startsWith('401') ? 'WWW-Authenticate: Basic realm="cam"\r\n' : '';
      socket.write(`RTSP/1.0 ${status}\r\nCSeq: ${sequence}\r\n${asks}${more}\r\n${body}`);
    });
  });
  onTestFinished(() => server.close());
  return `127.0.0.1:${server.port}`;
}

describe('a camera that refuses says why, and what to do', () => {
  it.each([
    ['a wrong password', '401 Unauthorized', 'u:p@', 'SOURCE_UNAUTHORIZED', /wrong user name or password/, /lock/],
    ['no password', '401 Unauthorized', '', 'SOURCE_UNAUTHORIZED', /asks for a user name/, /user:password@/],
    ['a locked address', '403 Forbidden', 'u:p@', 'SOURCE_FORBIDDEN', /refuses access/, /lock/],
    ['a wrong path', '404 Not Found', '', 'SOURCE_NO_STREAM', /no such stream/, /path/],
  ])('%s', async (_what, status, who, code, words, hint) => {
    const error = await refusal(`rtsp://${who}${await camera({ DESCRIBE: status })}/live`);
    expect(error).toMatchObject({
      ...{ code, message: expect.stringMatching(words), hint: expect.stringMatching(hint) },
      kind: status.startsWith('401') ? 'usage' : 'runtime',
    });
    expect(error.message).not.toContain('u:p@');
  });

  it.each([
    ['tcp', 'udp'],
    ['udp', 'tcp'],
  ] as const)('one that does not send over %s', async (transport, other) => {
    const error = await refusal(`rtsp://${await camera({ SETUP: '461 Unsupported Transport' })}/live`, transport);
    expect(error).toMatchObject({ code: 'SOURCE_TRANSPORT', kind: 'usage' });
    expect(error.hint).toContain(`--rtsp-transport ${other}`);
  });

  it('one that hangs up, one that is off, and a name that nobody knows', async () => {
    const hanging = await tcpServer((socket) => socket.on('data', () => socket.end()));
    const { port } = hanging;
    expect(await refusal(`rtsp://127.0.0.1:${port}/live`)).toMatchObject({ code: 'SOURCE_CLOSED', kind: 'runtime' });
    await hanging.close();
    for (const scheme of ['rtsp', 'http', 'rtmp'])
      expect(await refusal(`${scheme}://127.0.0.1:${port}/x`)).toMatchObject({
        ...{ code: 'SOURCE_UNREACHABLE', kind: 'runtime', message: expect.stringContaining('nothing listens') },
      });
    for (const scheme of ['rtsp', 'http'])
      expect((await refusal(`${scheme}://nobody.invalid/x`)).message).toMatch(/host name cannot be resolved/);
  });
});

describe('a web server in the place of a camera', () => {
  const jpeg = createCanvas(64, 48).toBuffer('image/jpeg');
  const png = createCanvas(64, 48).toBuffer('image/png');
  const bodies: Readonly<Record<string, Buffer>> = {
    ...{ '/snap.jpg': jpeg, '/cgi-bin/snapshot': jpeg, '/snap?ch=1': png },
    '/pictures': Buffer.concat([jpeg, jpeg, jpeg]),
  };

  async function server(): Promise<string> {
    const http = createHttpServer(({ url = '' }, response) => {
      const body = bodies[url];
      response.writeHead(body === undefined ? Number(url.slice(1)) : 200).end(body);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      http.closeAllConnections();
      http.close();
    });
    return `127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  it('a picture is said to be one; pictures one after another are a video', async () => {
    const host = await server();
    for (const path of ['/snap.jpg', '/cgi-bin/snapshot', '/snap?ch=1'])
      expect(await refusal(`http://${host}${path}`)).toMatchObject({ code: 'SOURCE_IS_PICTURE', kind: 'usage' });
    const input = `http://${host}/pictures`;
    const opened = await openLiveInput(input, locate(input), { onInterrupt: () => {}, complaints: () => [] });
    const packet = new Packet();
    packet.alloc();
    let count = 0;
    for (; await opened.read(packet); count++) packet.unref();
    packet.free();
    await opened.close();
    expect(count).toBe(3);
  });

  it.each([
    ['401', 'SOURCE_UNAUTHORIZED'],
    ['403', 'SOURCE_FORBIDDEN'],
    ['404', 'SOURCE_NO_STREAM'],
  ])('%s', async (status, code) => {
    expect(await refusal(`http://u:p@${await server()}/${status}`)).toMatchObject({ code });
  });
});

it('no error of a network gets bare words where more is known', () => {
  const of = (code: number, ...said: string[]) =>
    sourceError('rtsp://u:p@cam/1', { doing: 'open', code, complaints: said }).code;
  const { ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, ECONNRESET, EIO } = constants.errno;
  expect([ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].map((number) => of(-number))).toEqual(
    Array(3).fill('SOURCE_UNREACHABLE'),
  );
  expect([of(-ETIMEDOUT), of(AVERROR_EXIT), of(-EIO, 'Cannot read: Connection timed out')]).toEqual(
    Array(3).fill('SOURCE_SILENT'),
  );
  expect(of(-EIO, "Protocol 'file' not on whitelist 'http,https,tcp,tls'!")).toBe('SOURCE_UNREADABLE');
  expect(of(-EIO, "Format not on whitelist 'mov,tls'")).toBe('SOURCE_IS_MANIFEST');
  expect(of(-ECONNRESET)).toBe('SOURCE_CLOSED');
  expect(of(-EIO, 'error:0A0000C6:SSL routines::packet length too long')).toBe('SOURCE_TLS');
  expect(sourceError('rtsp://cam/1', { doing: 'open', code: -EIO, complaints: ['a reason'] })).toMatchObject({
    code: 'SOURCE_UNREADABLE',
    kind: 'runtime',
    message: 'could not open rtsp://cam/1: a reason',
  });
  const lost = sourceError('rtsp://cam/1', { doing: 'read', code: -EIO, lost: true });
  expect(lost).toMatchObject({ code: 'SOURCE_LOST', kind: 'runtime' });
});
