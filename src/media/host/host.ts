import type { FormatContext, Packet } from 'node-av/lib';
import { clock } from '../../threads/notes.ts';
import type { Box, Size } from '../../types.ts';
import { microseconds, type Ratio, ratioOf, seconds } from '../frames/av.ts';
import { displayStage, encodedFormat } from '../frames/display-stage.ts';
import { jpegCrop } from '../frames/jpeg-crop.ts';
import { readChapters } from '../input/chapters.ts';
import { describeSource, transformOf } from '../input/describe-source.ts';
import { noFrames } from '../input/no-frames.ts';
import { openInput } from '../input/open-input.ts';
import { type TimedFrame, videoReader } from '../input/video-reader.ts';
import { hostNotes, type NoteTicks } from '../notes.ts';
import { openOutput } from '../output/output.ts';
import type { HostCommand, HostEvent, StartOptions } from '../protocol.ts';
import { type ChosenFrame, chooseFrames, decodedMotion } from '../sampling/choose-frames.ts';
import { modelInputScaler } from '../sampling/model-input.ts';
import { recentFrames } from '../sampling/recent-frames.ts';
import { warnOnce } from '../warn-once.ts';
import { poolSlots } from './frame-pool.ts';

/** The host's end of the line to the main thread. */
export interface HostPort {
  send(event: HostEvent): void;
  /** The next command, if one has arrived. */
  poll(): HostCommand | undefined;
  /** The next command, when it arrives. */
  next(): Promise<HostCommand>;
  /** @returns the pieces of FFmpeg's description of an input, or undefined when main has called it all off. */
  describe(input: FormatContext): Promise<readonly string[] | undefined>;
}

/**
 * Runs one source from its opening to its end: decodes ahead of the main thread by at most `credits` frames, keeps the
 * full frames here until they are given back, draws, encodes and muxes.
 *
 * @throws HeatboxError; whatever happens, native memory is freed and files are closed first.
 */
export async function runHost(port: HostPort): Promise<void> {
  const open = await port.next();
  if (open.type !== 'open') return;
  const began = clock();
  const closers: (() => void)[] = [];
  const early: Packet[] = [];
  const warn = warnOnce(port.send);
  try {
    const opened = openInput(open.options.input);
    closers.push(() => opened.format.closeInputSync());
    const chapters = await readChapters(() => port.describe(opened.format));
    if (chapters === undefined) return;
    const reader = videoReader(opened, open.options, warn);
    closers.push(() => reader.close());
    const first = reader.next((packet) => early.push(packet.clone()!));
    if (first === null) throw noFrames(opened.format, open.options);
    const transform = transformOf(opened.video, first.frame);
    port.send({
      type: 'opened',
      info: describeSource(open.options.input, opened, first.frame, reader.computedTimestamps(), chapters),
    });
    const timeBase = ratioOf(opened.video.timeBase);
    const notes = open.options.profile ? hostNotes(port.send, timeBase) : undefined;
    if (notes !== undefined) closers.push(notes.close);
    const note = notes?.note;
    note?.('open', began);

    const start = await port.next();
    if (start.type !== 'start') return first.frame.free();
    const { options } = start;
    const stage = displayStage(transform, options.output && encodedFormat(first.frame), {
      transformOf: (frame) => transformOf(opened.video, frame, transform),
      warn,
    });
    closers.push(() => stage.close());
    const chooser = chooseFrames(options);
    closers.push(() => chooser.close());
    const see = ({ frame, ticks }: TimedFrame): ChosenFrame => {
      const decoded = decodedMotion(frame, transformOf(opened.video, frame, transform));
      const upright = stage.run(frame);
      return { frame: upright, ticks, ...chooser.look(upright, decoded, seconds(ticks, timeBase), transform.display) };
    };
    const upright = see(first);
    const output =
      options.output &&
      openOutput({
        opened,
        options: options.output,
        chapters,
        early,
        start: reader.start,
        first: upright,
        warn,
        note,
      });
    if (output !== undefined) closers.push(() => output.close());
    const carry = (packet: Packet) => output?.carry(packet);
    for (const packet of early) carry(packet);

    let pending: ChosenFrame | undefined = upright;
    const next = (): ChosenFrame | null => {
      const ready = pending;
      pending = undefined;
      if (ready !== undefined) return ready;
      const timed = reader.next(carry);
      return timed && see(timed);
    };
    const decoded = await deliver(port, options, next, {
      timeBase,
      display: transform.display,
      annotate: output?.annotate,
      note,
    });
    if (decoded === undefined) return;
    const bytes = output?.finish() ?? 0;
    notes?.flush();
    port.send({ type: 'finished', totals: { decoded, encoded: output?.encoded ?? 0, bytes } });
  } finally {
    for (const packet of early) packet.free();
    for (const close of closers.reverse()) close();
  }
}

interface Delivery {
  readonly timeBase: Ratio;
  readonly display: Size;
  annotate?: (frame: TimedFrame, overlay: Extract<HostCommand, { type: 'annotate' }>['overlay']) => void;
  readonly note: NoteTicks | undefined;
}

/** @returns the number of frames delivered once main has called for the finish, or undefined where it has called it off. */
async function deliver(
  port: HostPort,
  options: StartOptions,
  next: () => ChosenFrame | null,
  { timeBase, display, annotate, note }: Delivery,
): Promise<number | undefined> {
  const { slots, stride, credits, inputSize } = options;
  const scaler = modelInputScaler(inputSize);
  // A thread always shares memory with main.
  const targets = poolSlots(options.pool!, stride === 1 ? slots : 2 * slots, inputSize);
  const recent = stride === 1 ? undefined : recentFrames();
  const keeps = annotate !== undefined || (options.keepFrames ?? false);
  const freeSlots = Array.from({ length: slots }, (_, slot) => slot);
  const waiting = new Map<number, { timed: TimedFrame | undefined; slot: number | undefined }>();
  let count = 0;
  let ended = false;

  function end(): void {
    if (!ended) port.send({ type: 'ended' });
    ended = true;
  }

  function step(): void {
    const began = clock();
    const timed = next();
    if (timed === null) {
      end();
      return;
    }
    note?.('decode', began, timed.ticks);
    const index = count++;
    const pts = seconds(timed.ticks, timeBase);
    const slot = timed.seen ? freeSlots.pop() : undefined;
    const before = slot === undefined ? undefined : recent?.before(pts);
    if (slot !== undefined) {
      const began = clock();
      scaler.write(timed.frame, targets[slot]!);
      if (before !== undefined) scaler.write(before.frame, targets[slots + slot]!);
      note?.('scale', began, timed.ticks);
    }
    recent?.add(timed.frame, pts);
    if (!keeps) timed.frame.free();
    waiting.set(index, { timed: keeps ? timed : undefined, slot });
    port.send({
      type: 'frame',
      index,
      pts,
      ptsUs: microseconds(timed.ticks, timeBase),
      ...(slot === undefined ? {} : { slot }),
      ...(before === undefined ? {} : { glimpsePts: before.pts }),
      ...(timed.motion === undefined ? {} : { motion: timed.motion }),
    });
  }

  function giveBack(index: number): TimedFrame | undefined {
    const held = waiting.get(index);
    waiting.delete(index);
    if (held?.slot !== undefined) freeSlots.push(held.slot);
    return held?.timed;
  }

  /** A crop is an extra: where it fails the frame goes on without. */
  function crop(index: number, box: Box): { jpeg?: Uint8Array } {
    const timed = waiting.get(index)?.timed;
    try {
      return timed === undefined ? {} : { jpeg: jpegCrop(timed.frame, box, display) };
    } catch {
      return {};
    }
  }

  /** @returns false when there is nothing more to do. */
  function obey(command: HostCommand): boolean {
    switch (command.type) {
      case 'annotate': {
        const timed = giveBack(command.index);
        if (timed !== undefined) annotate?.(timed, command.overlay);
        return true;
      }
      case 'crop':
        port.send({ type: 'crop', id: command.id, ...crop(command.index, command.box) });
        return true;
      case 'release':
        giveBack(command.index)?.frame.free();
        return true;
      case 'stop':
        end();
        return true;
      default:
        return false;
    }
  }

  try {
    for (;;) {
      // Lets arrived commands in.
      await new Promise((resolve) => setImmediate(resolve));
      const idle = ended || waiting.size >= credits;
      const began = clock();
      const first = idle ? await port.next() : port.poll();
      if (idle) note?.(ended ? 'wait for boxes' : 'wait for credit', began);
      for (let command = first; command !== undefined; command = port.poll()) {
        if (!obey(command)) return command.type === 'finish' ? count : undefined;
        // The encoder's own threads go on while the next frame is decoded.
        if (command.type === 'annotate') break;
      }
      if (!ended && waiting.size < credits) step();
    }
  } finally {
    for (const { timed } of waiting.values()) timed?.frame.free();
    recent?.close();
    scaler.close();
  }
}
