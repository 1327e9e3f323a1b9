import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Rendition } from '../../protocol/video.ts';
import { ratioOf, seconds } from '../frames/av.ts';
import { frameRateOf } from '../input/describe-source.ts';
import type { HostCommand, StartOptions } from '../protocol.ts';
import { byNumber } from './by-number.ts';
import type { LivePort } from './live-port.ts';
import type { Live } from './open-live.ts';
import type { LivePacket } from './packets/live-reader.ts';
import { pacer } from './packets/pacer.ts';
import { openRecorder } from './recorder.ts';
import { sentFrames } from './sent-frames.ts';
import { uprightFrames } from './upright-frames.ts';

/**
 * Delivers frames and obeys commands until main has called for the finish, or has called it all off.
 *
 * @param wanted - The renditions asked for so far.
 * @param closers - What is to be closed at the end, in turn, is put in here.
 * @throws HeatboxError
 */
export async function deliver(
  port: LivePort,
  live: Live,
  options: StartOptions,
  wanted: readonly Rendition[],
  closers: (() => unknown)[],
): Promise<void> {
  const { input, reader, first, arrivals, tap, warn, take } = live;
  const { policy = 'lossless', output } = options;
  const { video } = input;
  const { send, keepsUp } = port;
  const timeBase = ratioOf(video.timeBase);
  const frameRate = frameRateOf(video);
  const stopping = new AbortController();
  let room: (() => void) | undefined;
  let over = false;

  const upright = uprightFrames(video, first, options, output !== undefined, tap.decoded);
  closers.push(upright.close);
  const frames = sentFrames({ ...options, timeBase, frameRate, arrivals, send, keepsUp, warn });
  closers.push(frames.close);
  const { held } = frames;
  const begin = upright.make(first);
  const recorder = output && openRecorder(begin, timeBase, frameRate, output);
  if (recorder !== undefined) closers.push(recorder.close);
  const settle = byNumber();

  async function read(): Promise<void> {
    const pace = policy === 'latest' && isPaced(live) ? pacer(stopping.signal) : undefined;
    let flushed = false;
    while (!stopping.signal.aborted && !flushed) {
      if (policy === 'lossless' && frames.isFull) {
        await new Promise<void>((resolve) => {
          room = resolve;
        });
        continue;
      }
      const packet = await reader.next();
      if (packet === null) flushed = true;
      else {
        const time = decodingTime(packet);
        if (time !== AV_NOPTS_VALUE) await pace?.(seconds(time, timeBase));
        take(packet);
      }
      for (const timed of reader.decode(packet?.packet ?? null)) frames.send(upright.make(timed), upright.display);
      const misplaced = reader.misplaced();
      if (misplaced > 0) send({ type: 'skipped', reason: 'order', count: misplaced });
    }
    if (!over) send({ type: 'ended' });
  }

  function stop(): void {
    stopping.abort();
    input.interrupt();
    makeRoom();
  }

  function makeRoom(): void {
    room?.();
    room = undefined;
  }

  function demand(renditions: readonly Rendition[]): void {
    const all = new Set(renditions);
    tap.demand(all.has('source'));
    frames.demand(all);
  }

  /** @returns false when there is nothing more to do. */
  function obey(command: HostCommand): boolean {
    switch (command.type) {
      case 'annotate':
      case 'release': {
        const { index } = command;
        if (command.type === 'annotate' && recorder !== undefined) {
          const { overlay } = command;
          settle(index, () => {
            const timed = held.giveBack(index);
            if (timed !== undefined) recorder.annotate(timed, overlay);
          });
        } else settle(index, () => held.giveBack(index)?.frame.free());
        makeRoom();
        return true;
      }
      case 'crop': {
        const jpeg = held.crop(command.index, command.box);
        send({ type: 'crop', id: command.id, ...(jpeg === undefined ? {} : { jpeg }) });
        return true;
      }
      case 'demand':
        demand(command.renditions);
        return true;
      case 'stop':
        stop();
        return true;
      default: {
        stop();
        // Also where all is called off: a recording keeps its last second.
        const bytes = recorder?.finish() ?? 0;
        const totals = { decoded: frames.count, encoded: recorder?.encoded ?? 0, bytes };
        if (command.type === 'finish') send({ type: 'finished', totals });
        return false;
      }
    }
  }

  async function obeyAll(): Promise<void> {
    while (obey(await port.next()));
  }

  tap.begin();
  demand(wanted);
  frames.send(begin, upright.display);
  const reading = read();
  const obeying = obeyAll();
  try {
    // Reading may end first, and frames are still to be given back; or obeying, and a read is under way.
    await Promise.race([obeying, reading.then(() => obeying)]);
  } finally {
    over = true;
    stop();
    await reading.catch(() => {});
  }
}

function decodingTime({ packet: { dts, pts } }: LivePacket): bigint {
  return dts === AV_NOPTS_VALUE ? pts : dts;
}

/** Whether a source could be read faster than it plays: what has an end, and playlists, which come in pieces of seconds. */
function isPaced({ locator: { kind }, input: { format } }: Live): boolean {
  if (kind === 'file' || kind === 'test') return true;
  return kind === 'http' && (format.duration > 0n || format.iformat?.name === 'hls');
}
