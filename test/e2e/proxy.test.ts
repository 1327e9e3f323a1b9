import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { firstValueFrom } from 'rxjs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { events } from '../../src/client/node.ts';
import type { ServerOptions } from '../../src/server/server.ts';
import { launchBrowser, noBrowser } from '../events/support/chromium.ts';
import { serveVideo } from '../server/video/support/viewer.ts';
import { command } from '../support/command.ts';
import { scratch } from '../support/heatbox.ts';
import { freePort } from '../support/live.ts';
import { missing } from '../support/tools.ts';
import { type Clip, movingSquare } from '../web-viewer/support/moving-square.ts';
import { produce } from '../web-viewer/support/producer.ts';

const recipes = readFileSync('docs/proxy.md', 'utf8');
const recipe = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(recipes)![1]!;

/** The first messages of a server as Python's standard library gets them. */
const PYTHON = `
import base64, json, os, socket, ssl, sys
from urllib.parse import urljoin, urlsplit
url = urlsplit(urljoin(sys.argv[1], 'v1/events'))
wire = socket.create_connection((url.hostname, url.port))
if url.scheme == 'https':
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    wire = context.wrap_socket(wire, server_hostname=url.hostname)
key = base64.b64encode(os.urandom(16)).decode()
wire.sendall(f'GET {url.path} HTTP/1.1\\r\\nHost: {url.netloc}\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n'
    f'Sec-WebSocket-Key: {key}\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Protocol: heatbox.v1\\r\\n\\r\\n'.encode())
stream = wire.makefile('rb')
print(stream.readline().decode().strip())
while stream.readline().strip(): pass
length = stream.read(2)[1]
if length == 126: length = int.from_bytes(stream.read(2), 'big')
print(json.loads(stream.read(length))['type'])
`;

describe.skipIf(noBrowser || missing('ffmpeg', '-version'))('behind a proxy', { timeout: 120_000 }, () => {
  let clip: Clip;
  beforeAll(async () => {
    clip = await movingSquare('proxied', 50, { width: 320, height: 240 }, '-g', '25');
  });

  async function heatbox(server: Partial<ServerOptions>): Promise<{ port: string; proxied: number }> {
    const proxied = await freePort();
    const origins = server.origins?.map((origin) => origin.replace('PORT', String(proxied)));
    const options = { viewer: resolve('dist/web-viewer'), ...server, ...(origins && { origins }) };
    const { hub, server: running, log } = await serveVideo({ server: options });
    produce({ feed: hub.feed('door'), log, clips: [clip] });
    return { port: new URL(running.url).port, proxied };
  }

  /** Starts a proxy with a configuration; gone when the test is. */
  async function start(program: 'nginx' | 'caddy', configuration: string, url: string): Promise<void> {
    const files = scratch();
    onTestFinished(() => files.remove());
    const path = files.path('configuration');
    writeFileSync(path, program === 'nginx' ? withCertificate(configuration, files.dir) : configuration);
    const options = { cwd: files.dir, env: { ...process.env, HOME: files.dir, XDG_DATA_HOME: files.dir } };
    const [name, ...args] =
      program === 'nginx'
        ? ['nginx', '-p', files.dir, '-c', path, '-e', files.path('errors'), '-g', 'daemon off;']
        : ['caddy', 'run', '--config', path, '--adapter', 'caddyfile'];
    const child = spawn(name!, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    onTestFinished(() => stop(child));
    const isUp = () => {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${said}`);
      return answers(url);
    };
    await expect.poll(isUp, { timeout: 20_000 }).toBe(true);
  }

  async function open(browser: Browser, url: string): Promise<{ page: Page; missed: string[] }> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const missed: string[] = [];
    page.on('response', (response) => {
      if (response.status() >= 400) missed.push(`${response.status()} ${response.url()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && /^http/.test(request.url())) missed.push(`outside: ${request.url()}`);
    });
    await page.goto(url);
    return { page, missed };
  }

  const nginx = (location: string) => (port: string, proxied: number) =>
    site(`server { listen 127.0.0.1:${proxied}; ${location.replaceAll('UPSTREAM', `http://127.0.0.1:${port}`)} }`);
  const SOCKETS =
    'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

  test.each<[string, 'nginx' | 'caddy', string, Partial<ServerOptions>, (port: string, proxied: number) => string]>([
    [
      "nginx's default Host at /",
      'nginx',
      'http://127.0.0.1:PORT/',
      { origins: ['http://127.0.0.1:PORT'] },
      nginx(`location / { proxy_pass UPSTREAM; ${SOCKETS} }`),
    ],
    [
      'nginx with $host, which has no port, believed for X-Forwarded-Host',
      'nginx',
      'http://127.0.0.1:PORT/a/b/',
      { trustProxy: ['127.0.0.0/8'] },
      nginx(`location /a/b/ { proxy_pass UPSTREAM/; proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Host $http_host; ${SOCKETS} }`),
    ],
    [
      'nginx that leaves the prefix in',
      'nginx',
      'http://127.0.0.1:PORT/heatbox/',
      { basePath: '/heatbox/' },
      nginx(`location /heatbox/ { proxy_pass UPSTREAM; proxy_set_header Host $http_host; ${SOCKETS} }`),
    ],
    [
      'the recipe for nginx, with TLS',
      'nginx',
      'https://localhost:PORT/heatbox/',
      {},
      (port, proxied) =>
        site(
          recipe('nginx')
            .replace('listen 443', `listen 127.0.0.1:${proxied}`)
            .replaceAll('cam.example.org', 'localhost')
            .replace('127.0.0.1:8080', `127.0.0.1:${port}`),
        ),
    ],
    [
      'the recipe for Caddy, under a foreign name',
      'caddy',
      'http://cam.localhost:PORT/heatbox/',
      { origins: ['http://cam.localhost:PORT'] },
      (port, proxied) =>
        `{\nadmin off\nauto_https off\n}\n${recipe('caddyfile')
          .replace('cam.example.org', `http://cam.localhost:${proxied}`)
          .replace('127.0.0.1:8080', `127.0.0.1:${port}`)}`,
    ],
  ])('everything works: %s', async (_, program, address, options, configure) => {
    if (missing(program, program === 'nginx' ? '-v' : 'version')) return;
    const { port, proxied } = await heatbox(options);
    const url = address.replace('PORT', String(proxied));
    await start(program, configure(port, proxied), url);
    const browser = await launchBrowser();

    const { page, missed } = await open(browser, url);
    await page.locator('.tile[data-phase=live]').waitFor();
    await page
      .getByRole('button', { name: /square/ })
      .first()
      .waitFor();
    expect(missed).toEqual([]);

    // A name below localhost is known to browsers, not to every resolver.
    if (!url.includes('cam.')) {
      const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      const event = await firstValueFrom(events(url, { filters: { types: ['frame'] } }));
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      expect(event.type).toBe('frame');
      const heard = await command('python3', '-c', PYTHON, url);
      expect(heard).toBe('HTTP/1.1 101 Switching Protocols\nhello\n');
    }
  });

  test.skipIf(missing('nginx', '-v'))('a page of another origin shows the player of an allowed one', async () => {
    const host = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
    host.listen(0, '127.0.0.1');
    await once(host, 'listening');
    onTestFinished(() => void host.close());
    const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const { port, proxied } = await heatbox({ origins: [origin] });
    const url = `http://127.0.0.1:${proxied}/heatbox/`;
    await start('nginx', nginx(`location /heatbox/ { proxy_pass UPSTREAM/; ${SOCKETS} }`)(port, proxied), url);
    const html = `<script type="module" src="${url}heatbox-player.js"></script>
      <heatbox-player server="${url}" stream="door" style="height: 240px"></heatbox-player>
      <script>window.phases = [];
        document.querySelector('heatbox-player').addEventListener('playerstate', (e) => phases.push(e.detail.phase));
      </script>`;
    const page = await (await launchBrowser()).newPage();
    await page.goto(origin);
    await page.waitForFunction("phases.at(-1) === 'live'");
  });

  test.skipIf(missing('nginx', '-v')).each([
    ['a Host it does not know', SOCKETS, /Pages of http:\/\/127\.0\.0\.1:\d+ are not allowed.*--origin/],
    ['no Upgrade', 'proxy_set_header Host $http_host;', /WebSockets do not get through.*Upgrade/],
  ])('what the server answers is what the page says: %s', async (_, headers, words) => {
    const { port, proxied } = await heatbox({});
    const url = `http://127.0.0.1:${proxied}/`;
    await start('nginx', nginx(`location / { proxy_pass UPSTREAM; ${headers} }`)(port, proxied), url);
    const { page } = await open(await launchBrowser(), url);
    await page.getByText(words).first().waitFor();
  });
});

function site(servers: string): string {
  const place = (name: string) => `${name}_temp_path ${name};`;
  return `${process.getuid?.() === 0 ? 'user root;' : ''} worker_processes 1; pid pid; events {}
    http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(place).join(' ')} ${servers} }`;
}

function withCertificate(configuration: string, folder: string): string {
  if (!configuration.includes('ssl_certificate')) return configuration;
  const [key, cert] = [`${folder}/key.pem`, `${folder}/cert.pem`];
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-nodes'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject];
  execFileSync('openssl', made, { stdio: 'ignore' });
  return configuration.replace(/\/etc\/ssl\/\S+\.pem/, cert).replace(/\/etc\/ssl\/\S+\.key/, key);
}

/** Whether somebody listens. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => settle(true)).on('error', () => settle(false));
    function settle(isUp: boolean): void {
      socket.destroy();
      resolve(isUp);
    }
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
