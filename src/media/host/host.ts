import type { AVPixelFormat } from 'node-av/constants';
import type { FormatContext, Frame, Packet, Stream } from 'node-av/lib';
import { clock } from '../../threads/notes.ts';
import { ratioOf, seconds } from '../frames/av.ts';
import { displayStage, encodedFormat } from '../frames/display-stage.ts';
import type { DisplayTransform } from '../frames/display-transform.ts';
import { hostNotes } from '../host-notes.ts';
import { readChapters } from '../input/chapters.ts';
import { describeSource, transformOf } from '../input/describe-source.ts';
import { noFrames } from '../input/no-frames.ts';
import { openInput } from '../input/open-input.ts';
import { type TimedFrame, videoReader } from '../input/video-reader.ts';
import { openOutput } from '../output/output.ts';
import { isPictureFormat } from '../output/picture-file.ts';
import type { StartOptions } from '../protocol.ts';
import { type ChosenFrame, chooseFrames, decodedMotion } from '../sampling/choose-frames.ts';
import { type Warn, warnOnce } from '../warn-once.ts';
import { type CommandPort, deliverFile } from './deliver-file.ts';

interface HostPort extends CommandPort {
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
    const encoded = options.output && encodedFormat(first.frame, isPictureFormat(options.output.format));
    const frames = fittedFrames(opened.video, transform, options, encoded, warn);
    closers.push(frames.close);
    const upright = frames.make(first);
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
      return timed && frames.make(timed);
    };
    const decoded = await deliverFile(port, options, {
      next,
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

/** Makes frames upright, fitted into the size of the first, and chooses those that the network is to see. */
function fittedFrames(
  video: Stream,
  first: DisplayTransform,
  options: StartOptions,
  output: AVPixelFormat | undefined,
  warn: Warn,
) {
  const timeBase = ratioOf(video.timeBase);
  const transformFor = (frame: Frame) => transformOf(video, frame, first);
  const stage = displayStage(first, output, { transformOf: transformFor, warn });
  const chooser = chooseFrames(options);
  return {
    /** Takes the frame over and returns one to use in its place. */
    make({ frame, ticks }: TimedFrame): ChosenFrame {
      const decoded = decodedMotion(frame, transformFor(frame));
      const upright = stage.run(frame);
      return { frame: upright, ticks, ...chooser.look(upright, decoded, seconds(ticks, timeBase), first.display) };
    },
    close() {
      chooser.close();
      stage.close();
    },
  };
}
