/** A media host's home in a child process: for everything live or served, with FFmpeg's asynchronous calls. */
import type { AVLogLevel } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { redact } from '../../text/redact.ts';
import { toWire } from '../../threads/wire-error.ts';
import { runLiveHost } from '../live/live-host.ts';
import type { HostCommand, HostEvent } from '../protocol.ts';
import { commandQueue } from './command-queue.ts';

/** What main has not read of what it was sent, bytes. */
const MOST_UNREAD = 32 * 2 ** 20;
/** FFmpeg's levels: smaller is worse. */
const WARNING = 24;

/** The latest lines of FFmpeg's log that may tell why a source fails. */
const MOST_COMPLAINTS = 8;
/** What was said before an opening began, or long before a source was lost, is not the reason. */
const COMPLAINT_MS = 25_000;

const commands = commandQueue();
let interrupt = () => {};
const complaints: { at: number; text: string }[] = [];
let unread = 0;
let written = Promise.resolve();

/** By a signal: `process.exit` would wait for FFmpeg's threads, and one of them may never come back. */
function leave(): void {
  process.kill(process.pid, 'SIGKILL');
}

function send(event: HostEvent): void {
  if (!process.connected) return;
  const bytes = sizeOf(event);
  unread += bytes;
  written = new Promise((resolve) => {
    process.send!(event, undefined, undefined, () => {
      unread -= bytes;
      resolve();
    });
  });
}

function sizeOf(event: HostEvent): number {
  if (event.type === 'unit') return event.data.length;
  if (event.type === 'picture') return event.jpeg.length;
  return event.type === 'frame' && event.input !== undefined ? event.input.length : 0;
}

Log.setCallback(
  (level, message) => {
    const text = redact(message.trimEnd());
    // Answers of servers come as warnings.
    complaints.push({ at: performance.now(), text: text.replace(/^\[[^\]]*\] /, '') });
    if (complaints.length > MOST_COMPLAINTS) complaints.shift();
    send({ type: 'log', level, message: text });
  },
  { maxLevel: WARNING as AVLogLevel },
);
process.on('disconnect', leave);
// Ctrl-C reaches the whole group of a terminal: main says when to go.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', (command: HostCommand) => {
  if (command.type === 'abort') interrupt();
  commands.push(command);
});

try {
  await runLiveHost({
    send,
    next: commands.next,
    keepsUp: () => unread < MOST_UNREAD,
    onInterrupt(breakOff) {
      interrupt = breakOff;
    },
    complaints() {
      const oldest = performance.now() - COMPLAINT_MS;
      return complaints.filter(({ at }) => at > oldest).map(({ text }) => text);
    },
  });
} catch (error) {
  send({ type: 'failed', error: toWire(error) });
}
await written;
leave();
