/** A server on loopback that gives one file, well or badly. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** Answers one request for `bytes` from `start` on. */
export type Answer = (response: ServerResponse, bytes: Buffer, start: number) => void;

/** As a good server does: 206 for a range, 416 beyond the end. */
export const well: Answer = (response, bytes, start) => {
  if (start >= bytes.length && start > 0) return void response.writeHead(416).end();
  head(response, bytes, start).end(bytes.subarray(start));
};

/** Promises all, and breaks off after so many bytes. */
export const cutAfter =
  (count: number): Answer =>
  (response, bytes, start) => {
    head(response, bytes, start).write(bytes.subarray(start, start + count), () => response.destroy());
  };

/** Sends so many bytes, and then nothing any more. */
export const stallAfter =
  (count: number): Answer =>
  (response, bytes, start) => {
    const answer = head(response, bytes, start);
    if (count > 0) answer.write(bytes.subarray(start, start + count));
    else answer.flushHeaders();
  };

/** Changes one byte on the way. */
export const corrupt: Answer = (response, bytes, start) => {
  const changed = Buffer.from(bytes);
  changed[Math.max(start, bytes.length - 10)]! ^= 1;
  well(response, changed, start);
};

/** Knows nothing of ranges. */
export const whole: Answer = (response, bytes) => {
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
};

/** Does not say how long it is, and is longer than it should be. */
export const endless: Answer = (response, bytes) => {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write(bytes));
  };
  response.on('drain', more);
  more();
};

export const status =
  (code: number, headers = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('no');

export interface Loopback {
  readonly url: URL;
  /** The first byte that each request asked for, in order. */
  readonly starts: number[];
  readonly paths: string[];
  close(): Promise<void>;
}

/** Serves `bytes` under every path; each request gets the next answer, and when there are no more of them a good one. */
export async function serve(bytes: Buffer, answers: Answer[] = []): Promise<Loopback> {
  const starts: number[] = [];
  const paths: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    starts.push(start);
    paths.push(request.url!);
    (answers.shift() ?? well)(response, bytes, start);
  });
  return {
    url: new URL(`http://127.0.0.1:${await listen(server)}/file.bin`),
    starts,
    paths,
    close: () => close(server),
  };
}

/** A proxy on loopback that tunnels (`CONNECT`). */
export async function proxy(): Promise<{ url: string; targets: string[]; close(): Promise<void> }> {
  const targets: string[] = [];
  const server = createServer();
  server.on('connect', (request, socket, first) => {
    targets.push(request.url!);
    const [host, port] = request.url!.split(':') as [string, string];
    const through = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      through.write(first);
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, targets, close: () => close(server) };
}

function head(response: ServerResponse, bytes: Buffer, start: number): ServerResponse {
  const length = { 'content-length': bytes.length - start };
  return start === 0
    ? response.writeHead(200, length)
    : response.writeHead(206, { ...length, 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
