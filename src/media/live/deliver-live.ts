import type { Rendition } from '../../protocol/video.ts';
import { frameRateOf } from '../clock/clock-policy.ts';
import { framesUnderWay } from '../delivery/frames-under-way.ts';
import { ratioOf } from '../frames/av.ts';
import type { HostCommand, StartOptions } from '../protocol.ts';
import type { ChosenFrame } from '../sampling/choose-frames.ts';
import { byNumber } from './by-number.ts';
import { madeRenditions } from './made-renditions.ts';
import type { Live, LivePort } from './open-live.ts';
import { frameReading } from './read-frames.ts';
import { openRecorder } from './recorder.ts';
import { uprightFrames } from './upright-frames.ts';

/**
 * Delivers frames and obeys commands until main has called for the finish, or has called it all off.
 *
 * @param wanted - The renditions asked for so far.
 * @param closers - What is to be closed at the end, in turn, is put in here.
 * @throws HeatboxError
 */
export async function deliverLive(
  port: LivePort,
  live: Live,
  options: StartOptions,
  wanted: readonly Rendition[],
  closers: (() => unknown)[],
): Promise<void> {
  const { arrivals, tap } = live;
  const { send, keepsUp } = port;
  const { begin, upright, renditions, frames, recorder } = openDelivery(port, live, options, closers);
  const settle = byNumber();
  let over = false;
  const reading = frameReading(live, {
    policy: options.policy ?? 'lossless',
    isFull: () => frames.isFull,
    onFrame: (timed) => announce(upright.make(timed)),
    onMisplaced: (count) => send({ type: 'skipped', reason: 'order', count }),
    onAlive: () => send({ type: 'alive' }),
  });

  /** Takes the frame over; where too many are under way it is skipped. */
  function announce(timed: ChosenFrame): void {
    if (!frames.isFull && keepsUp()) {
      frames.announce(timed, { display: upright.display, receivedAt: arrivals.of(timed.ticks) });
      return;
    }
    send({ type: 'skipped', reason: 'behind', count: 1 });
    timed.frame.free();
  }

  function demand(wanted: readonly Rendition[]): void {
    const all = new Set(wanted);
    tap.demand(all.has('source'));
    renditions.demand(all);
  }

  /** Recorded in the order of the frames; given back in any. */
  function giveBack(command: Extract<HostCommand, { type: 'annotate' | 'release' }>): void {
    settle(command.index, () => {
      const timed = frames.giveBack(command.index);
      if (command.type === 'release' || recorder === undefined) timed?.frame.free();
      else if (timed !== undefined) recorder.annotate(timed, command.overlay);
    });
    reading.makeRoom();
  }

  /** Also where all is called off: a recording keeps its last second. */
  function finish(isWanted: boolean): void {
    reading.stop();
    const bytes = recorder?.finish() ?? 0;
    const totals = { decoded: frames.announced, encoded: recorder?.encoded ?? 0, bytes };
    if (isWanted) send({ type: 'finished', totals });
  }

  async function obey(): Promise<void> {
    for (;;) {
      const command = await port.next();
      if (command.type === 'annotate' || command.type === 'release') giveBack(command);
      else if (command.type === 'crop') frames.crop(command);
      else if (command.type === 'demand') demand(command.renditions);
      else if (command.type === 'stop') reading.stop();
      else return finish(command.type === 'finish');
    }
  }

  tap.begin();
  demand(wanted);
  announce(begin);
  const read = reading.run().then(() => {
    if (!over) send({ type: 'ended' });
  });
  const obeying = obey();
  try {
    // Reading may end first, and frames are still to be given back; or obeying, and a read is under way.
    await Promise.race([obeying, read.then(() => obeying)]);
  } finally {
    over = true;
    reading.stop();
    await read.catch(() => {});
  }
}

/** Opens what frames pass through, from their making to their recording, and makes the first. */
function openDelivery(
  { send, keepsUp }: LivePort,
  { input: { video }, first, tap, warn }: Live,
  options: StartOptions,
  closers: (() => unknown)[],
) {
  const { output } = options;
  const timeBase = ratioOf(video.timeBase);
  const frameRate = frameRateOf(video);
  const upright = uprightFrames(video, first, options, output !== undefined, tap.decoded);
  closers.push(upright.close);
  const renditions = madeRenditions({ frameRate, send, keepsUp, warn });
  closers.push(renditions.close);
  const frames = framesUnderWay({ ...options, timeBase, send, onAnnounced: renditions.frame });
  closers.push(frames.close);
  const begin = upright.make(first);
  const recorder = output && openRecorder(begin, timeBase, frameRate, output);
  if (recorder !== undefined) closers.push(recorder.close);
  return { begin, upright, renditions, frames, recorder };
}
