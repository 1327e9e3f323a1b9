import { AV_NOPTS_VALUE, type AVPixelFormat } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import { microseconds, seconds } from '../av.ts';
import { type Choice, chooseFrames, decodedMotion } from '../choose-frames.ts';
import { describeSource, frameRateOf, transformOf } from '../describe-source.ts';
import { displayStage, encodedFormat, sameSize } from '../display-stage.ts';
import type { DisplayTransform } from '../display-transform.ts';
import { pixelFormat } from '../frame-format.ts';
import { modelInputScaler } from '../model-input.ts';
import type { HostCommand, HostEvent, OpenOptions, StartOptions } from '../protocol.ts';
import { recentFrames } from '../recent-frames.ts';
import type { TimedFrame } from '../video-reader.ts';
import { type Warn, warnOnce } from '../warn-once.ts';
import { heldFrames } from './held-frames.ts';
import { inOrder } from './in-order.ts';
import { type LiveInput, type OpenLive, openLiveInput } from './live-input.ts';
import { type LivePacket, type LiveReader, liveReader } from './live-reader.ts';
import { type Locator, locate } from './locator.ts';
import { pacer } from './pacer.ts';
import { packetTap, type Shown } from './packet-tap.ts';
import { pictureMaker } from './picture-maker.ts';
import { openRecorder } from './recorder.ts';
import { transcoder } from './transcoder.ts';

/** The host's end of the line to the main process. */
export interface LivePort extends OpenLive {
  send(event: HostEvent): void;
  /** The next command, when it arrives. */
  next(): Promise<HostCommand>;
  /** Whether main takes what it is sent. */
  keepsUp(): boolean;
}

/** A frame, upright, and whether the network is to see it. */
interface ChosenFrame extends TimedFrame, Choice {}

/** What is open of a source that has shown its first frame. */
interface Live {
  readonly locator: Locator;
  readonly input: LiveInput;
  readonly reader: LiveReader;
  readonly first: TimedFrame;
  /** When the packets of frames to come had arrived. */
  readonly arrivals: Arrivals;
  readonly tap: ReturnType<typeof packetTap>;
  readonly warn: Warn;
}

/**
 * Runs one live or served source from its opening to its end: reads it in FFmpeg's threads while commands are obeyed,
 * passes its packets on, decodes them, keeps the full frames until they are given back, and draws, encodes and records.
 *
 * @throws HeatboxError; whatever happens, the source is closed first.
 */
export async function runLiveHost(port: LivePort): Promise<void> {
  const open = await port.next();
  if (open.type !== 'open') return;
  const { options } = open;
  const closers: (() => unknown)[] = [];
  const warn = warnOnce(port.send);
  try {
    const live = await openLive(port, options, warn, closers);
    const { input, reader, first } = live;
    port.send({
      type: 'opened',
      info: describeSource(options.input, input, first.frame, reader.computedTimestamps(), []),
    });
    let wanted = new Set<string>();
    let command = await port.next();
    for (; command.type === 'demand'; command = await port.next()) wanted = new Set(command.renditions);
    if (command.type !== 'start') return first.frame.free();
    await deliver(port, live, command.options, wanted, closers);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function openLive(port: LivePort, options: OpenOptions, warn: Warn, closers: (() => unknown)[]): Promise<Live> {
  const locator = locate(options.input, options.transport);
  const input = await openLiveInput(options.input, locator, port);
  closers.push(input.close);
  const reader = liveReader(input, options, warn);
  closers.push(reader.close);
  const tap = packetTap({ stream: input.video, send: port.send, keepsUp: port.keepsUp });
  closers.push(tap.close);
  const arrivals = rememberArrivals();
  for (;;) {
    const packet = await reader.next();
    if (packet !== null) take(packet, tap, arrivals);
    const [first, ...others] = reader.decode(packet?.packet ?? null);
    for (const { frame } of others) frame.free();
    if (first !== undefined) return { locator, input, reader, first, arrivals, tap, warn };
    if (packet === null) {
      throw new HeatboxError('SOURCE_NO_FRAMES', `no frame can be decoded from ${input.name}`, { value: input.name });
    }
  }
}

function take({ packet, receivedAt, extradata }: LivePacket, tap: Live['tap'], arrivals: Arrivals): void {
  arrivals.add(packet.pts, receivedAt);
  tap.packet(packet, extradata);
}

/** Delivers frames and obeys commands until main has called for the finish, or has called it all off. */
async function deliver(
  port: LivePort,
  { locator, input, reader, first, arrivals, tap, warn }: Live,
  options: StartOptions,
  wanted: Set<string>,
  closers: (() => unknown)[],
): Promise<void> {
  const { stride, credits, inputSize, policy = 'lossless', output } = options;
  const { video } = input;
  const timeBase = { num: video.timeBase.num, den: video.timeBase.den };
  const frameRate = frameRateOf(video);
  const stopping = new AbortController();
  let room: (() => void) | undefined;
  let count = 0;
  let over = false;

  let transform = transformOf(video, first.frame);
  let stage = stageFor(first, transform);
  const scaler = modelInputScaler(inputSize);
  const held = heldFrames(output !== undefined || (options.keepFrames ?? false));
  const pictures = pictureMaker();
  const settle = inOrder();
  const { send, keepsUp } = port;
  const transcoded = transcoder({ frameRate, send, keepsUp, warn });
  closers.push(
    () => stage.close(),
    () => scaler.close(),
    () => held.close(),
    () => pictures.close(),
    () => transcoded.close(),
  );
  tap.decoded(first.ticks, shownBy(first, transform));
  const chooser = chooseFrames(stride, inputSize);
  closers.push(() => chooser.close());
  const recent = stride === 1 ? undefined : recentFrames();
  if (recent !== undefined) closers.push(() => recent.close());
  const upright = chosen(first);
  const recorder = output && openRecorder(upright, timeBase, frameRate, output);
  if (recorder !== undefined) closers.push(recorder.close);

  /** A recording has one pixel format. */
  function stageFor({ frame }: TimedFrame, to: DisplayTransform) {
    return displayStage(to, output && encodedFormat(frame));
  }

  function chosen({ frame, ticks }: TimedFrame): ChosenFrame {
    const decoded = decodedMotion(frame, transform);
    const upright = stage.run(frame);
    return { frame: upright, ticks, ...chooser.look(upright, decoded, seconds(ticks, timeBase), transform.display) };
  }

  function see(timed: TimedFrame): ChosenFrame {
    const { frame, ticks } = timed;
    const next = transformOf(video, frame, transform);
    if (!sameSize(next.display, transform.display)) {
      if (recorder !== undefined) {
        frame.free();
        const { width, height } = next.display;
        throw new HeatboxError('SOURCE_CHANGED', `the picture has become ${width}×${height}: a recording has one size`);
      }
      stage.close();
      transform = next;
      stage = stageFor(timed, transform);
    }
    tap.decoded(ticks, shownBy(timed, transform));
    return chosen(timed);
  }

  function pass(timed: ChosenFrame): void {
    const { frame, ticks } = timed;
    if (held.size >= credits || !keepsUp()) {
      send({ type: 'skipped', reason: 'behind', count: 1 });
      frame.free();
      return;
    }
    const index = count++;
    const pts = seconds(ticks, timeBase);
    const before = timed.seen ? recent?.before(pts) : undefined;
    const ptsUs = microseconds(ticks, timeBase);
    const receivedAt = arrivals.of(ticks);
    send({
      type: 'frame',
      index,
      pts,
      ptsUs,
      display: transform.display,
      ...(receivedAt === undefined ? {} : { receivedAt }),
      ...(timed.seen ? { input: modelInput(frame) } : {}),
      ...(before === undefined ? {} : { glimpse: modelInput(before.frame), glimpsePts: before.pts }),
      ...(timed.motion === undefined ? {} : { motion: timed.motion }),
    });
    recent?.add(frame, pts);
    transcoded.frame(frame, ptsUs, transform.display);
    if (wanted.has('jpeg')) picture(timed, ptsUs);
    held.hold(index, timed, transform.display);
  }

  function modelInput(frame: Frame): Uint8Array {
    const input = new Uint8Array(inputSize.width * inputSize.height * 3);
    scaler.write(frame, input);
    return input;
  }

  function picture({ frame }: TimedFrame, ptsUs: number): void {
    try {
      send({ type: 'picture', ptsUs, jpeg: pictures.make(frame, transform.display) });
    } catch (error) {
      warn('PICTURE_FAILED', `a frame could not be made a JPEG: ${(error as Error).message}`);
    }
  }

  async function read(): Promise<void> {
    const pace = policy === 'latest' && isPaced(locator, input) ? pacer(stopping.signal) : undefined;
    let flushed = false;
    while (!stopping.signal.aborted && !flushed) {
      if (policy === 'lossless' && held.size >= credits) {
        await new Promise<void>((resolve) => {
          room = resolve;
        });
        continue;
      }
      const packet = await reader.next();
      if (packet === null) flushed = true;
      else {
        const { dts, pts } = packet.packet;
        const time = dts === AV_NOPTS_VALUE ? pts : dts;
        if (time !== AV_NOPTS_VALUE) await pace?.(seconds(time, timeBase));
        take(packet, tap, arrivals);
      }
      for (const timed of reader.decode(packet?.packet ?? null)) pass(see(timed));
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

  function demand(renditions: ReadonlySet<string>): void {
    wanted = new Set(renditions);
    tap.demand(wanted.has('source'));
    transcoded.demand(wanted.has('transcoded'));
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
        demand(new Set(command.renditions));
        return true;
      case 'stop':
        stop();
        return true;
      default: {
        stop();
        // Also where all is called off: a recording keeps its last second.
        const bytes = recorder?.finish() ?? 0;
        const totals = { decoded: count, encoded: recorder?.encoded ?? 0, bytes };
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
  pass(upright);
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

function shownBy({ frame }: TimedFrame, { display, rotation }: DisplayTransform): Shown {
  const { bitDepth } = pixelFormat(frame.format as AVPixelFormat);
  return { coded: { width: frame.width, height: frame.height }, display, rotation, bitDepth };
}

/** Whether a source could be read faster than it plays: what has an end, and playlists, which come in pieces of seconds. */
function isPaced({ kind }: Locator, { format }: LiveInput): boolean {
  if (kind === 'file' || kind === 'test') return true;
  return kind === 'http' && (format.duration > 0n || format.iformat?.name === 'hls');
}

interface Arrivals {
  add(ticks: bigint, at: number): void;
  of(ticks: bigint): number | undefined;
}

function rememberArrivals(): Arrivals {
  const times = new Map<bigint, number>();
  return {
    add(ticks, at) {
      times.set(ticks, at);
      if (times.size > 256) times.delete(times.keys().next().value!);
    },
    of: (ticks) => times.get(ticks),
  };
}
