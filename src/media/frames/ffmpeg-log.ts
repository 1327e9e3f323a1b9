import type { AVLogLevel } from 'node-av/constants';
import type { Log } from 'node-av/lib';
import { redact } from '../../text/redact.ts';

/**
 * FFmpeg has one log for the whole process, and node-av one place for its receiver, which dies with the thread that set it:
 * the next line would end the process. So the receiver lives on the thread that opens sources, as long as any of them is
 * open, and the media threads only write. A line does not say whose it is: every open source hears all of them.
 */
export interface LogListener {
  /** Warnings and worse, redacted. */
  line(level: number, message: string): void;
  /** The pieces of an input's description, written between the marks of this listener's id. */
  described(pieces: readonly string[]): void;
}

/** FFmpeg's levels: smaller is worse. */
const WARNING = 24;
const INFO = 32;

/** Around the description of an input in the log. */
export function descriptionMark(id: number, place: 'begin' | 'end'): string {
  return mark('description', id, place);
}

/** Begins with a sign that FFmpeg takes out of what it shows of a file, so that no title can be taken for a mark. */
function mark(what: 'description' | 'log', id: number, place: 'begin' | 'end'): string {
  return `\bheatbox ${what} ${id} ${place}`;
}

/** After this long a source's last line is taken for lost. */
const PATIENCE_MS = 1000;

const listeners = new Map<number, LogListener>();
const ends = new Map<number, () => void>();
let description: { id: number; pieces: string[] } | undefined;

/**
 * @param id - The source's own among all of this process.
 * @returns a function that ends it; after the last one FFmpeg's log goes its usual way. It resolves when all that was
 * written so far has been heard: a line that is still under way when the process ends would be a fatal error in node-av.
 */
export async function listenToLog(id: number, listener: LogListener): Promise<() => Promise<void>> {
  const { Log } = await import('node-av/lib');
  if (listeners.size === 0) Log.setCallback(receive, { maxLevel: INFO as AVLogLevel });
  listeners.set(id, listener);
  return () => stopListening(Log, id);
}

async function stopListening(log: typeof Log, id: number): Promise<void> {
  await new Promise<void>((resolve) => {
    // The timer also keeps a process that has nothing else to do from ending here.
    const timer = setTimeout(resolve, PATIENCE_MS);
    ends.set(id, () => {
      clearTimeout(timer);
      resolve();
    });
    // Lines come in the order they are written in.
    log.log(INFO as AVLogLevel, mark('log', id, 'end'));
  });
  ends.delete(id);
  listeners.delete(id);
  if (description?.id === id) description = undefined;
  if (listeners.size === 0) log.setCallback(null);
}

function receive(level: number, message: string): void {
  if (level === INFO) {
    receiveInfo(message);
    return;
  }
  if (level > WARNING) return;
  const text = redact(message.trimEnd());
  for (const listener of listeners.values()) listener.line(level, text);
}

function receiveInfo(message: string): void {
  const [, what, id, place] = /^[\b]heatbox (description|log) (\d+) (begin|end)$/.exec(message) ?? [];
  if (what === 'log') ends.get(Number(id))?.();
  else if (place === 'begin') description = { id: Number(id), pieces: [] };
  else if (place === 'end' && description?.id === Number(id)) {
    const { pieces } = description;
    description = undefined;
    listeners.get(Number(id))?.described(pieces);
  } else if (place === undefined) description?.pieces.push(message);
}
