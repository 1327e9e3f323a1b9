/**
 * How much subscribers cost: `npm run bench events`, about two minutes.
 *
 * First, in turns within one run: 190 clients that read, and the same with 10 more that never do. What the ten change in
 * the rate of analysis and in the delay of the healthy ones is what they cost: the median over pairs of turns, since
 * whatever else the machine does changes from one minute to the next. Then 20 clients at 500 events a second each. In place of video and network stands a thread that computes as long for each frame.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median } from '../median.ts';
import type { ClientsCommand, ClientsReport } from './events-clients.ts';
import type { ServerCommand, ServerReport } from './events-server.ts';

interface Measured {
  readonly server: ServerReport;
  readonly clients: ClientsReport;
}

const ROUNDS = 8;
const SECONDS = 4;
const READING = 190;
const STALLED = 10;

const server = start('events-server');
const clients = start('events-clients');
const url = `${((await answer(server)) as string).replace('http', 'ws')}/v1/events`;
const rounds: { alone: Measured; besides: Measured }[] = [];
try {
  console.log(
    `${READING} reading clients, without and with ${STALLED} that do not read; ${ROUNDS} rounds of ${SECONDS} s each`,
  );
  await measure(READING, 0, { type: 'analyse', seconds: 2 });
  for (let round = 0; round < ROUNDS; round++) {
    const command = { type: 'analyse', seconds: SECONDS } as const;
    // Who goes first changes, so that a drift of the machine falls on both.
    const first = await measure(READING, round % 2 === 0 ? 0 : STALLED, command);
    const second = await measure(READING, round % 2 === 0 ? STALLED : 0, command);
    const [alone, besides] = round % 2 === 0 ? [first, second] : [second, first];
    rounds.push({ alone, besides });
    show('alone', alone);
    show('with stalled', besides);
  }
  compare('analysis rate', ({ server }) => server.frames / server.seconds);
  compare('median delay', ({ clients }) => clients.delays[0]);
  compare('95th percentile', ({ clients }) => clients.delays[1]);

  console.log('\n20 clients at 500 events a second each');
  show('20 clients', await measure(20, 0, { type: 'publish', seconds: SECONDS, eventsPerSecond: 500 }));
} finally {
  server.send({ type: 'stop' });
  clients.disconnect();
  await once(server, 'exit');
}

async function measure(reading: number, stalled: number, command: ServerCommand): Promise<Measured> {
  await ask(clients, { type: 'connect', url, count: stalled, reading: false });
  // More than the pipes to the stalled ones hold, less than what they are closed for.
  await ask(server, { type: 'fill', megabytes: 6 });
  await ask(clients, { type: 'join', url, count: reading, reading: true });
  const report = (await ask(server, command)) as ServerReport;
  // The last events are still on their way.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const seen = (await ask(clients, { type: 'collect' })) as ClientsReport;
  const told = stalled === 0 ? 0 : ((await ask(clients, { type: 'wake' })) as number);
  if (told < stalled) console.log(`only ${told} of ${stalled} stalled clients were behind: this turn says little`);
  const missing = report.events * reading - seen.events;
  return { server: report, clients: { ...seen, faults: seen.faults + Math.abs(missing) } };
}

function show(name: string, { server: { frames, seconds, memoryMegabytes, cpu, events }, clients }: Measured): void {
  const [p50, p95, p99] = clients.delays.map((delay) => delay.toFixed(2));
  console.log(
    `${name.padEnd(13)} ${(frames / seconds).toFixed(2).padStart(6)} frames/s  ${(events / seconds).toFixed(0).padStart(4)} events/s  ` +
      `delay p50 ${p50} p95 ${p95} p99 ${p99} ms  cpu ${(100 * cpu).toFixed(0)} %  memory ${memoryMegabytes.toFixed(0)} MB  ` +
      `received ${clients.events}  missing or out of order ${clients.faults}  lag notices ${clients.lags}`,
  );
}

function compare(name: string, value: (measured: Measured) => number): void {
  const alone = median(rounds.map((round) => value(round.alone)));
  const besides = median(rounds.map((round) => value(round.besides)));
  const change = 100 * (median(rounds.map((round) => value(round.besides) / value(round.alone))) - 1);
  console.log(
    `${name}: ${alone.toFixed(2)} alone, ${besides.toFixed(2)} with stalled clients; within a pair ${change.toFixed(1)} %`,
  );
}

function start(name: string): ChildProcess {
  const path = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = fork(path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('exit', (code) => {
    if (code) process.exit(1);
  });
  return child;
}

async function ask(child: ChildProcess, command: ServerCommand | ClientsCommand): Promise<unknown> {
  child.send(command);
  return answer(child);
}

async function answer(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message');
  return message;
}
