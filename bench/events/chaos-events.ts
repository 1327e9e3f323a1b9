/**
 * `npm run bench chaos-events`: does to an event server, its disk, its clock and its clients' links what happens to them in
 * the field, one thing after the other, in an order that follows from the seed. In the end no number may have meant two
 * things, and every client that wants every event must have had each once and in order, or been told of the gap.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { benchOptions } from '../options.ts';
import { randomFrom } from '../random.ts';
import { createLink } from './chaos-link.ts';
import { createMeanings, readLog, type Watcher, watch } from './chaos-witness.ts';

const { seed, minutes } = benchOptions({ seed: 1, minutes: 1 });
const SERVER = fileURLToPath(new URL('chaos-server.js', import.meta.url));
const disk = await mkdtemp(join(tmpdir(), 'heatbox-chaos-'));
const folder = join(disk, 'log');
const isSmall = mountSmall();
const chance = randomFrom(seed);

let server: ChildProcess | undefined;
let port = 0;
let starts = 0;
/** Servers that were let into a folder that another was writing to. */
let intruders = 0;

function mountSmall(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function between(least: number, most: number): Promise<void> {
  return wait(least + chance() * (most - least));
}

function message<T extends object>(child: ChildProcess, field: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const hear = (said: T) => {
      if (!(field in said)) return;
      child.off('message', hear);
      resolve(said);
    };
    child.on('message', hear);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

async function start(): Promise<void> {
  server = fork(SERVER, [folder, String(port), `s${++starts}`], { stdio: 'inherit' });
  ({ port } = await message<{ port: number }>(server, 'port'));
}

async function kill(): Promise<void> {
  const gone = new Promise((resolve) => server?.once('exit', resolve));
  server?.kill('SIGKILL');
  await gone;
}

async function fillDisk(): Promise<void> {
  for (const bytes of [64e6, 1e6, 64e3, 4096]) {
    const ballast = join(disk, `ballast-${bytes}`);
    await writeFile(ballast, Buffer.alloc(bytes)).catch(() => undefined);
  }
}

async function emptyDisk(): Promise<void> {
  for (const bytes of [64e6, 1e6, 64e3, 4096]) await rm(join(disk, `ballast-${bytes}`), { force: true });
}

async function away(): Promise<void> {
  await rename(folder, `${folder}.away`);
}

async function back(): Promise<void> {
  await rename(`${folder}.away`, folder);
}

const links = await Promise.all([1, 2, 3].map(() => createLink(() => port)));

/** All that can happen. Each leaves the server running, the disk there and the links whole. */
const HAPPENINGS: Readonly<Record<string, () => Promise<unknown>>> = {
  async SIGKILL() {
    await kill();
    await start();
  },
  async 'folder away and back'() {
    await away();
    await between(300, 1500);
    await back();
  },
  async 'folder away, SIGKILL, folder back'() {
    await away();
    await between(300, 1500);
    await kill();
    await back();
    await start();
  },
  async 'second server on the folder'() {
    const second = fork(SERVER, [folder, '0', 'intruder'], { stdio: 'ignore' });
    const code = await new Promise((resolve) => {
      second.once('exit', resolve);
      second.on('message', (said) => 'port' in (said as object) && second.kill('SIGKILL'));
    });
    if (code !== 3) intruders++;
  },
  async 'clock steps'() {
    for (const days of [400, -800, 400]) {
      server?.send({ clock: days * 86_400_000 });
      await between(100, 400);
    }
  },
  async 'links cut'() {
    for (const link of links) {
      link.cut();
      await between(0, 200);
    }
  },
  async 'half-open links'() {
    for (const link of links) link.stall();
    await between(500, 2500);
    for (const link of links) link.heal();
  },
  async 'slow client'() {
    links[0]!.limit(2_000 + chance() * 8_000);
    links[2]!.limit(2_000 + chance() * 8_000);
    await between(1500, 3000);
    for (const link of links) link.heal();
  },
  ...(isSmall && {
    async 'disk full'() {
      await fillDisk();
      await between(500, 2000);
      await emptyDisk();
    },
    async 'disk full, SIGKILL, start on the full disk'() {
      await fillDisk();
      await between(300, 1500);
      await kill();
      await start();
      await between(300, 1000);
      await emptyDisk();
    },
  }),
};

function report(watchers: readonly Watcher[]): void {
  console.table(
    Object.fromEntries(
      watchers.map(({ events, connections, gaps, misordered, untold }, index) => [
        ['every', 'every, slow', 'latest, slow'][[1, 0, 2][index]!],
        { events, connections, 'gaps told': gaps, 'twice or out of order': misordered, 'lost untold': untold },
      ]),
    ),
  );
}

const meanings = createMeanings();
const counts: Record<string, number> = {};
let watchers: Watcher[] = [];
try {
  await mkdir(folder);
  await start();
  watchers = links.map(({ url }, index) => watch(url, index < 2 ? 'every' : 'latest', meanings));
  const names = Object.keys(HAPPENINGS);
  const until = performance.now() + minutes * 60_000;
  while (performance.now() < until) {
    const name = names[Math.floor(chance() * names.length)]!;
    counts[name] = (counts[name] ?? 0) + 1;
    await HAPPENINGS[name]!();
    await between(300, 1200);
  }
  // The disk is tried again with pauses of up to half a minute; a restart need not wait for it.
  const answer = message<{ newest: number; epoch: string }>(server!, 'newest');
  server!.send({ stop: true });
  const { newest, epoch } = await answer;
  const behind = () => watchers.filter(({ position }) => position.epoch !== epoch || position.seq < newest);
  for (let tries = 0; behind().length > 0 && tries < 300; tries++) await wait(100);
  const late = behind().length;
  await kill();
  const misplaced = await readLog(folder, epoch, meanings);
  report(watchers);
  console.log(counts);
  const sum = (of: (watcher: Watcher) => number) => watchers.reduce((total, watcher) => total + of(watcher), 0);
  const faults = {
    'numbers with two meanings': meanings.twofold,
    'events twice or out of order': sum(({ misordered }) => misordered),
    'lines twice or out of order': misplaced,
    'events lost untold': sum(({ untold }) => untold),
    'clients left behind': late,
    'clients that gave up': watchers.filter(({ error }) => error !== undefined).length,
    'second servers let in': intruders,
  };
  console.table({ ...faults, 'numbers seen': meanings.numbers, 'servers started': starts });
  if (!isSmall) console.log('no full disk: a small one cannot be mounted here');
  const clean = Object.values(faults).every((count) => count === 0);
  console.log(`seed ${seed}: ${clean ? 'clean' : 'NOT CLEAN'}`);
  process.exitCode = clean ? 0 : 1;
} finally {
  for (const watcher of watchers) watcher.stop();
  for (const link of links) link.close();
  server?.kill('SIGKILL');
  if (isSmall) execFileSync('umount', ['-l', disk]);
  await rm(disk, { recursive: true, force: true });
}
