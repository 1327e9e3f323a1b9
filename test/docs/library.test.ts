/** Compiles and runs every example of the library in the README and in docs/, as a reader would paste it. */
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { serve } from '../server/support/serve.ts';
import { command, longSample, root, scratch } from '../support/heatbox.ts';

// Several networks are loaded, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

interface Example {
  readonly page: string;
  readonly code: string;
}

/** What an example must print, by something that is in it alone. */
const PRINTS: readonly (readonly [string, RegExp])[] = [
  ["{ labels: ['bird'] })) console.log(pts, tracks)", /label: '[^']*(cockatoo|parrot|bird)'/],
  ["accuracy: 'accurate'", /^0\.\d\d 1 [a-z -]+ [01]\.\d+ \[ \d+, \d+, \d+, \d+ \]$/m],
  ["'test:320x240@25'", /^connecting $[\s\S]*^live $[\s\S]*^5 (true|false) \d+$/m],
  ["'missing.mp4'", /^SOURCE_NOT_FOUND .*missing\.mp4/m],
  ["output: 'boxes.mp4'", /^10 frames on (cpu|webgpu|cuda)/m],
  ['watchLive({', /^watch at http[\s\S]*^stream\.started gate$[\s\S]*^track\.started gate$/m],
  ["'boxes.ndjson', 'csv'", /bird/],
  ["detections: 'det.txt'", /^1,1,10(\.\d+)?,10/m],
  ['trackInHindsight({ namer })', /^0\.\d+ 1 [a-z -]+ [01]\.\d+ \[ \d+, \d+, \d+, \d+ \]$/m],
  ["import { localiseVideo } from 'heatbox';\nimport { events }", /^$/],
];

const space = scratch();
const all = examplesOf(['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]);
const subscribers = all.filter(({ code }) => code.includes('http://127.0.0.1:8080'));
const examples = all.filter((one) => !subscribers.includes(one));

beforeAll(async () => {
  mkdirSync(space.path('node_modules'));
  symlinkSync(root, space.path('node_modules/heatbox'));
  for (const name of ['rxjs', '@types'])
    symlinkSync(join(root, 'node_modules', name), space.path(`node_modules/${name}`));
  writeFileSync(space.path('package.json'), '{ "type": "module" }');
  const span = ['-v', 'error', '-ss', '3', '-t', '0.5', '-i', longSample, '-an'];
  await command('ffmpeg', ...span, '-vf', 'scale=320:-2', '-preset', 'ultrafast', space.path('bird.mp4'));
  writeFileSync(space.path('det.txt'), [1, 2, 3].map((frame) => `${frame},-1,10,10,50,50,0.9\n`).join(''));
  writeFileSync(space.path('boxes.ndjson'), RUN.map((line) => `${JSON.stringify(line)}\n`).join(''));
  for (const [index, { code }] of all.entries()) writeFileSync(space.path(`example-${index}.ts`), code);
  const options = ['--strict', '--noUncheckedIndexedAccess', '--skipLibCheck', '--module', 'nodenext'];
  const files = all.map((_, index) => `example-${index}.ts`);
  const tsc = join(root, 'node_modules/.bin/tsc');
  await command(
    'sh',
    '-c',
    `cd ${space.dir} && ${[tsc, ...options, '--target', 'es2023', '--types', 'node', ...files].join(' ')}`,
  );
});
afterAll(() => space.remove());

it('shows what there is: each example is known, and has something to print', () => {
  const known = examples.map(({ code }) => PRINTS.filter(([part]) => code.includes(part)).length);
  expect(examples.filter((_, index) => known[index] !== 1)).toEqual([]);
  expect(PRINTS.filter(([part]) => !all.some(({ code }) => code.includes(part)))).toEqual([]);
});

it('runs each example', async () => {
  const names = examples.map((one) => all.indexOf(one));
  const lines = names.map((name) => `console.log('== ${name}'); await import('./example-${name}.js');`);
  writeFileSync(space.path('all.js'), `${lines.join('\n')}\nconsole.log('== end');\n`);
  const printed = await command('sh', '-c', `cd ${space.dir} && ${process.execPath} all.js`);
  const parts = printed.split(/^== .*\n/m).slice(1);
  expect(parts.length).toBe(examples.length + 1);
  for (const [position, { page, code }] of examples.entries()) {
    const [, wanted] = PRINTS.find(([part]) => code.includes(part))!;
    expect(parts[position], `${page}: ${code}`).toMatch(wanted);
  }
});

it('subscribes to a server as the README does', async () => {
  expect(subscribers).toHaveLength(1);
  const { server, log } = await serve({ streams: ['gate'] });
  const script = readFileSync(space.path(`example-${all.indexOf(subscribers[0]!)}.js`), 'utf8');
  writeFileSync(space.path('subscriber.js'), script.replace('http://127.0.0.1:8080', server.url));
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [space.path('subscriber.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const publishing = setInterval(() => log.publish(STARTED), 100);
  try {
    const [line] = await once(child.stdout!, 'data');
    expect(String(line)).toContain('1.5 bird [ 1, 2, 3, 4 ]');
  } finally {
    clearInterval(publishing);
    child.kill();
    await once(child, 'close');
  }
});

/** Each once, though two pages may show the same. */
function examplesOf(pages: readonly string[]): Example[] {
  const shown = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/^```(?:ts|js)\n(.*?)^```/gms)].map(([, code]) => ({
        page,
        code: code!,
      })),
    );
  return shown.filter(({ code }, index) => shown.findIndex((other) => other.code === code) === index);
}

const TRACK = {
  ...{ id: 1, label: 'bird', classIndex: 89, wnid: 'n01503061', score: 0.9, state: 'confirmed', measured: true },
  ...{ box: [1, 2, 3, 4], boxNorm: [0.1, 0.2, 0.3, 0.4], peak: [2, 3] },
} as const;
const SIZE = { width: 10, height: 10 };
const RUN = [
  {
    ...{ type: 'header', schema: 1, heatbox: '0.1.0', source: 'bird.mp4', size: SIZE, frameRate: 20 },
    ...{ model: { name: 'resnet50-imagenet', sha256: null }, options: {} },
  },
  { type: 'frame', frame: 0, pts: 0, tracks: [TRACK] },
  { type: 'totals', frames: 1, analysed: 1, tracks: 1, seconds: 1, complete: true },
];
const STARTED = {
  ...{ type: 'track.started', stream: 'gate', session: 's', pts: 1.5, ptsUs: 1_500_000, size: SIZE },
  track: {
    ...TRACK,
    velocity: [0, 0],
    evidence: [{ label: 'cockatoo', wnid: 'n01819313', classIndex: 89, score: 0.9 }],
  },
} as unknown as Parameters<Awaited<ReturnType<typeof serve>>['log']['publish']>[0];
