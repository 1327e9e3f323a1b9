import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../src/protocol/constants.ts';
import { eventSchema } from '../../src/protocol/events.ts';
import { buildProgram, type Program, runProgram } from './support/program.ts';

let serverPath: string;
let clientPath: string;
beforeAll(async () => {
  serverPath = await buildProgram('server');
  clientPath = await buildProgram('client');
});
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heatbox-endurance-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** All whole lines of the log on disk. */
async function logged(): Promise<string[]> {
  const names = (await readdir(join(folder, 'log'))).filter((name) => name.endsWith('.ndjson')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'log', name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').slice(0, -1));
}

async function got(file: string): Promise<string[]> {
  return existsSync(file) ? (await readFile(file, 'utf8')).split('\n').slice(0, -1) : [];
}

/** Waits until a client's file ends with the event that the log ends with. */
async function upToDate(file: string): Promise<void> {
  const last = (await logged()).at(-1);
  await expect.poll(async () => (await got(file)).at(-1), { timeout: 30_000, interval: 50 }).toBe(last);
}

function between(least: number, most: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, least + Math.random() * (most - least)));
}

describe('a client that is killed', () => {
  test('again and again has in the end what an undisturbed one has', { timeout: 60_000 }, async () => {
    const server = runProgram(serverPath, join(folder, 'log'), '0', '60', '100000');
    const url = await server.line();
    const types = EVENT_TYPES.join();
    const [calm, disturbed] = [join(folder, 'calm.ndjson'), join(folder, 'disturbed.ndjson')];
    const undisturbed = runProgram(clientPath, url, calm, types);
    const kills: number[] = [];
    let client = runProgram(clientPath, url, disturbed, types);
    while (kills.length < 8) {
      await client.line();
      await between(30, 250);
      await client.kill('SIGKILL');
      kills.push((await got(disturbed)).length);
      client = runProgram(clientPath, url, disturbed, types);
    }
    server.process.kill('SIGTERM');
    expect(await server.line()).toBe('done');
    await upToDate(calm);
    await upToDate(disturbed);
    const expected = await logged();
    expect(expected.length).toBeGreaterThan(500);
    expect(await got(calm)).toEqual(expected);
    expect(await got(disturbed)).toEqual(expected);
    // The kills came in the midst of the events, not before the first.
    expect(new Set(kills).size).toBeGreaterThan(3);
    expect(client.stderr() + undisturbed.stderr()).not.toMatch(/gap|lag/);
  });
});

describe('a server that is killed', () => {
  test('goes on counting, its log whole up to the last line, and its clients miss nothing', {
    timeout: 60_000,
  }, async () => {
    const types = EVENT_TYPES.join();
    const file = join(folder, 'client.ndjson');
    let port = '0';
    let client: Program | undefined;
    const ends: number[] = [];
    for (let start = 1; start <= 3; start++) {
      const server = runProgram(serverPath, join(folder, 'log'), port, '400', '100000', `s${start}`);
      const url = await server.line();
      port = new URL(url).port;
      client ??= runProgram(clientPath, url, file, types);
      const before = (await got(file)).length;
      await expect.poll(async () => (await got(file)).length, { timeout: 30_000 }).toBeGreaterThan(before + 50);
      await between(100, 600);
      await server.kill('SIGKILL');
      ends.push((await logged()).length);
    }
    const server = runProgram(serverPath, join(folder, 'log'), port, '400', '10', 'last');
    await server.line();
    expect(await server.line()).toBe('done');
    await upToDate(file);
    const lines = await logged();
    const seqs = lines.map((line) => eventSchema.parse(JSON.parse(line)).seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(await got(file)).toEqual(lines);
    expect(new Set(ends).size).toBe(3);
    expect(client?.stderr()).not.toMatch(/gap|lag/);
  });
});
