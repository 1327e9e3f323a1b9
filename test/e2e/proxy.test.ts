import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ServerOptions } from '../../src/server/server.ts';
import { noBrowser, openPage } from '../events/support/chromium.ts';
import { serveVideo } from '../server/video/support/viewer.ts';
import { heatbox, root, scratch } from '../support/heatbox.ts';
import { freePort } from '../support/live.ts';
import { missing } from '../support/tools.ts';
import { type Clip, movingSquare } from '../web-viewer/support/moving-square.ts';
import { produce } from '../web-viewer/support/producer.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const block = (text: string, language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)![1]!;
const recipe = (language: string) => block(read('docs/proxy.md'), language);
/** The client of the docs, for Python with its standard library alone. */
const PYTHON = block(read('docs/protocol.md'), 'python');
const TOKEN = 'a-good-long-token';

/** A way to a server of heatbox. */
interface Site {
  /** As the browser has it; PORT is the proxy's. */
  readonly address: string;
  readonly program: 'nginx' | 'caddy';
  /** In the proxy's configuration; HEATBOX is the address and port of heatbox, PORT its own. */
  readonly configuration: string;
  readonly server: Partial<ServerOptions>;
}

const SOCKETS =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';
const HOST = 'proxy_set_header Host $http_host;';
const nginx = (address: string, locations: string, server: Partial<ServerOptions> = {}): Site => ({
  address,
  program: 'nginx',
  configuration: `server { listen 127.0.0.1:PORT; ${locations} }`,
  server,
});

const WORKING = {
  "nginx's default Host at /": nginx('http://127.0.0.1:PORT/', `location / { proxy_pass http://HEATBOX; ${SOCKETS} }`, {
    origins: ['http://127.0.0.1:PORT'],
  }),
  'nginx with $host, which has no port, believed for X-Forwarded-Host': nginx(
    'http://127.0.0.1:PORT/a/b/',
    `location /a/b/ { proxy_pass http://HEATBOX/; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-Host $http_host; ${SOCKETS} }`,
    { trustProxy: ['127.0.0.0/8'] },
  ),
  'nginx that leaves the prefix in': nginx(
    'http://127.0.0.1:PORT/heatbox',
    `location /heatbox { proxy_pass http://HEATBOX; ${HOST} ${SOCKETS} }`,
    { basePath: '/heatbox/' },
  ),
  'the recipe for nginx, with TLS': {
    address: 'https://localhost:PORT/heatbox/',
    program: 'nginx',
    configuration: recipe('nginx')
      .replace('listen 443', 'listen 127.0.0.1:PORT')
      .replaceAll('cam.example.org', 'localhost')
      .replace('127.0.0.1:8080', 'HEATBOX'),
    server: {},
  },
  'the recipe for Caddy, under a foreign name': {
    address: 'http://cam.localhost:PORT/heatbox/',
    program: 'caddy',
    // Names below localhost are known to browsers, not to every resolver.
    configuration: recipe('caddyfile')
      .replace('cam.example.org', 'http://cam.localhost:PORT, http://127.0.0.1:PORT')
      .replace('127.0.0.1:8080', 'HEATBOX'),
    server: { origins: ['http://cam.localhost:PORT'] },
  },
} satisfies Record<string, Site>;

const caddy = (address: string, directives: string, server: Partial<ServerOptions> = {}): Site => ({
  address,
  program: 'caddy',
  configuration: `http://127.0.0.1:PORT {\n${directives}\n}`,
  server,
});

const PLAIN = nginx('http://127.0.0.1:PORT/', `location / { proxy_pass http://HEATBOX; ${HOST} ${SOCKETS} }`);
const REFUSING: Record<string, readonly [site: Site, words: RegExp]> = {
  'a Host it does not know': [
    nginx('http://127.0.0.1:PORT/', `location / { proxy_pass http://HEATBOX; ${SOCKETS} }`),
    /Pages of http:\/\/127\.0\.0\.1:\d+ are not allowed.*--origin/,
  ],
  'a name it does not know': [
    caddy('http://127.0.0.1:PORT/', 'reverse_proxy HEATBOX {\nheader_up Host cam.example.org\n}'),
    /The host name cam\.example\.org is not served here without a token.*--origin/,
  ],
  'no Upgrade': [
    nginx('http://127.0.0.1:PORT/', `location / { proxy_pass http://HEATBOX; ${HOST} }`),
    /WebSockets do not get through.*Upgrade/,
  ],
  'no token': [{ ...PLAIN, server: { token: TOKEN } }, /This server lets in who has its token/],
  'a path that leads elsewhere': [
    caddy('http://127.0.0.1:PORT/', 'handle /v1/* {\nrespond "no such page" 404\n}\nreverse_proxy HEATBOX'),
    /Another server than heatbox answers 404 Not Found/,
  ],
  'nothing, since it is gone': [PLAIN, /A proxy answers 502 Bad Gateway: it does not reach heatbox/],
};
const EMBEDDED = nginx(
  'http://127.0.0.1:PORT/heatbox/',
  `location /heatbox/ { proxy_pass http://HEATBOX/; ${SOCKETS} }`,
);
const PICTURES = nginx(
  'http://127.0.0.1:PORT/a/',
  `location /a/ { proxy_pass http://HEATBOX/; proxy_buffering off; }`,
  {
    token: TOKEN,
  },
);

describe.skipIf(noBrowser || missing('ffmpeg', '-version'))('behind a proxy', () => {
  const files = scratch();
  const ports = new Map<Site, { readonly own: number; readonly proxied: number }>();
  const programs = new Map<Site['program'], ChildProcess>();
  let clip: Clip;

  // One process of each proxy serves all sites: they cost more to start than to ask.
  beforeAll(async () => {
    const sites = [...Object.values(WORKING), ...Object.values(REFUSING).map(([site]) => site), EMBEDDED, PICTURES];
    for (const site of new Set(sites)) ports.set(site, { own: await freePort(), proxied: await freePort() });
    [clip] = await Promise.all([
      movingSquare('proxied', 50, { width: 320, height: 240 }, '-g', '25'),
      start('nginx', configured('nginx')),
      start('caddy', `{\nadmin off\nauto_https off\n}\n${configured('caddy')}`),
    ]);
  });
  afterAll(async () => {
    await Promise.all([...programs.values()].map((child) => stop(child)));
    files.remove();
  });

  function configured(program: Site['program']): string {
    const own = [...ports].filter(([site]) => site.program === program);
    return own.map(([{ configuration }, { own: port, proxied }]) => filled(configuration, proxied, port)).join('\n');
  }

  function filled(text: string, proxied: number, own = 0): string {
    return text.replaceAll('HEATBOX', `127.0.0.1:${own}`).replaceAll('PORT', String(proxied));
  }

  async function start(program: Site['program'], configuration: string): Promise<void> {
    if (missing(program, program === 'nginx' ? '-v' : 'version')) return;
    const path = files.path(`${program}.conf`);
    writeFileSync(path, program === 'nginx' ? withCertificate(site(configuration), files.dir) : configuration);
    const options = { cwd: files.dir, env: { ...process.env, HOME: files.dir, XDG_DATA_HOME: files.dir } };
    const args =
      program === 'nginx'
        ? ['-p', files.dir, '-c', path, '-e', files.path('errors'), '-g', 'daemon off;']
        : ['run', '--config', path, '--adapter', 'caddyfile'];
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    programs.set(program, child);
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [, { proxied }] = [...ports].find(([one]) => one.program === program)!;
    const isUp = async () => {
      if (!(await answers(proxied))) throw new Error(`${program} (${child.exitCode ?? 'running'}): ${said}`);
    };
    await vi.waitFor(isUp, { timeout: 30_000, interval: 50 });
  }

  /** Starts heatbox behind a site. */
  async function serve(way: Site, more: Partial<ServerOptions> = {}) {
    const { own, proxied } = ports.get(way)!;
    const origins = way.server.origins?.map((origin) => filled(origin, proxied));
    const options = { viewer: resolve('dist/web-viewer'), ...way.server, ...(origins && { origins }), ...more };
    const served = await serveVideo({ server: { ...options, port: own } });
    produce({ feed: served.hub.feed('door'), log: served.log, clips: [clip] });
    return { ...served, url: filled(way.address, proxied) };
  }

  /** Opens a page. @returns what it missed, and what it asked of others */
  async function open(url: string): Promise<{ page: Page; missed: string[] }> {
    const page = await openPage({ ignoreHTTPSErrors: true });
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

  /** The first line of a program that prints events, which ends then. */
  async function firstLine(name: string, ...args: string[]): Promise<string> {
    const certificate = files.path('cert.pem');
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate, SSL_CERT_FILE: certificate };
    const child = spawn(name, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    onTestFinished(() => stop(child, 'SIGKILL'));
    for await (const line of createInterface({ input: child.stdout })) return line;
    throw new Error(`${name} ended without a word: ${said}`);
  }

  test.each(Object.entries(WORKING))('everything works: %s', { timeout: 60_000 }, async (_, way) => {
    if (!programs.has(way.program)) return;
    const { url } = await serve(way);
    const reachable = url.replace('cam.localhost', '127.0.0.1');
    const program = resolve(root, 'dist/src/cli/main.js');
    const [{ page, missed }, printed, heard] = await Promise.all([
      open(url),
      firstLine(process.execPath, program, 'events', reachable, '--types', 'frame'),
      firstLine('python3', '-c', PYTHON, reachable, 'frame'),
    ]);
    await page.locator('.tile[data-phase=live]').waitFor();
    await page
      .getByRole('button', { name: /square/ })
      .first()
      .waitFor();
    expect(missed).toEqual([]);
    for (const line of [printed, heard]) expect(JSON.parse(line)).toMatchObject({ type: 'frame', stream: 'door' });
  });

  test('a page of another origin shows the player of an allowed one', async () => {
    if (!programs.has('nginx')) return;
    const host = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
    host.listen(0, '127.0.0.1');
    await once(host, 'listening');
    onTestFinished(() => void host.close());
    const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const { url } = await serve(EMBEDDED, { origins: [origin] });
    const html = `<script type="module" src="${url}heatbox-player.js"></script>
      <heatbox-player server="${url}" stream="door" style="height: 240px"></heatbox-player>
      <script>window.phases = [];
        document.querySelector('heatbox-player').addEventListener('playerstate', (e) => phases.push(e.detail.phase));
      </script>`;
    const { page } = await open(origin);
    await page.waitForFunction("phases.at(-1) === 'live'");
  });

  test('a picture gets through by an address that heatbox sign prints', async () => {
    if (!programs.has('nginx')) return;
    const { url } = await serve(PICTURES);
    const { stdout } = await heatbox(['sign', `${url}v1/streams/door/snapshot.jpg`, '--token', TOKEN, '--for', '60']);
    const [signed, bare] = await Promise.all([fetch(stdout.trim()), fetch(stdout.trim().replace(/&signature.*/, ''))]);
    expect([signed.status, signed.headers.get('content-type'), bare.status]).toEqual([200, 'image/jpeg', 401]);
  });

  test.each(Object.entries(REFUSING))('what the server answers is what the page says: %s', async (_, [way, words]) => {
    if (!programs.has(way.program)) return;
    const { url, server } = await serve(way);
    const { page } = await open(url);
    if (words.source.includes('502')) {
      await page.locator('.tile[data-phase=live]').waitFor();
      await server.close();
    }
    await page.getByText(words).first().waitFor();
  });
});

function site(servers: string): string {
  const place = (name: string) => `${name}_temp_path ${name};`;
  return `${process.getuid?.() === 0 ? 'user root;' : ''} worker_processes 1; pid pid; events {}
    http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(place).join(' ')} ${servers} }`;
}

function withCertificate(configuration: string, folder: string): string {
  const [key, cert] = [`${folder}/key.pem`, `${folder}/cert.pem`];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2', '-nodes'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject];
  execFileSync('openssl', made, { stdio: 'ignore' });
  return configuration.replace(/\/etc\/ssl\/\S+\.pem/, cert).replace(/\/etc\/ssl\/\S+\.key/, key);
}

/** Whether somebody listens. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => settle(true)).on('error', () => settle(false));
    function settle(isUp: boolean): void {
      socket.destroy();
      resolve(isUp);
    }
  });
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
