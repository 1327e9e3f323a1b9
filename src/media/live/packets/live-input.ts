import { AVERROR_EAGAIN, AVERROR_EOF, AVERROR_EXIT } from 'node-av/constants';
import { Dictionary, FFmpegError, FormatContext, InputFormat, Packet } from 'node-av/lib';
import type { HeatboxError } from '../../../error.ts';
import { redact } from '../../../text/redact.ts';
import { allowedDemuxers, manifestError } from '../../input/demuxers.ts';
import { checkFile, mainVideo, type OpenedInput, refuseText } from '../../input/open-input.ts';
import { pictureError, sourceError } from '../../input/source-error.ts';
import { cameraError } from '../source/camera-error.ts';
import type { Locator } from '../source/locator.ts';

/** An opened source whose every call can be broken off. */
export interface LiveInput extends OpenedInput {
  /** As shown to people. */
  readonly name: string;
  /** Whether it could be read faster than it plays: what has an end, and playlists, which come in pieces of seconds. */
  readonly paced: boolean;
  readonly overRtp: boolean;
  /** The next packet, into `packet`; false at the end, or once interrupted. @throws HeatboxError `SOURCE_LOST`, `WEBCAM_…` */
  read(packet: Packet): Promise<boolean>;
  /** Breaks off a read under way, and every later one. */
  interrupt(): void;
  close(): Promise<void>;
}

export interface OpenLive {
  /** Registers what breaks off a call under way. */
  readonly onInterrupt: (interrupt: () => void) => void;
  /** What FFmpeg has complained of lately, which says more than its return values; the latest last. */
  readonly complaints: () => readonly string[];
}

/** FFmpeg's timeouts are for each wait; all of opening may take this long. */
const OPENING_MS = 20_000;
/** So many unreadable packets in a row are no damage but another thing than a video. */
const MOST_DAMAGED = 50;
const LOG_MS = 50;

/**
 * Opens a source in FFmpeg's own threads, so that this one stays free to break it off.
 *
 * @throws HeatboxError `SOURCE_…`, `WEBCAM_…`
 */
export async function openLiveInput(
  input: string,
  locator: Locator,
  { onInterrupt, complaints }: OpenLive,
): Promise<LiveInput> {
  const name = redact(input);
  if (locator.kind === 'file') checkFile(input);
  const format = new FormatContext();
  // Without this there is nothing to interrupt before the opening is done.
  format.allocContext();
  let interrupted = false;
  let closed = false;
  const interrupt = () => {
    interrupted = true;
    if (!closed) format.interrupt();
  };
  onInterrupt(interrupt);
  const late = setTimeout(interrupt, OPENING_MS);
  /** Packets that were read to see what the source is. */
  const ahead: Packet[] = [];

  /** FFmpeg's lines come to this thread a moment later than the results of its calls. */
  async function failed(code: number, doing: string, lost = false): Promise<HeatboxError> {
    await new Promise((resolve) => setTimeout(resolve, LOG_MS));
    const transport = locator.options.rtsp_transport === 'udp' ? ('udp' as const) : ('tcp' as const);
    const failure = { doing, code, complaints: complaints(), lost, transport };
    return locator.kind === 'webcam' ? cameraError(locator, lost ? 'read' : 'open', code) : sourceError(input, failure);
  }

  try {
    const demuxer = locator.format === undefined ? null : InputFormat.findInputFormat(locator.format);
    const demuxers = locator.format === undefined ? { format_whitelist: allowedDemuxers(input) } : {};
    const options = Dictionary.fromObject({ ...demuxers, ...locator.options });
    const opened = await format.openInput(locator.url, demuxer, options);
    if (opened < 0) throw manifestError(input, name) ?? (await failed(opened, 'open'));
    refuseText(format, name);
    const container = format.iformat?.name ?? '';
    if (locator.kind === 'http' && container === 'image2') throw pictureError(input);
    const found = await format.findStreamInfo(null);
    if (found < 0 || interrupted) throw await failed(found < 0 ? found : AVERROR_EXIT, 'read the streams of');
    const video = mainVideo(format, input);
    // Motion JPEG over HTTP has no times of its own: a frame's is when it came.
    if (/^(mp)?jpe?g$/.test(container)) format.setOption('use_wallclock_as_timestamps', 1);
    const paced = isPaced(locator, format);
    if (locator.kind === 'http' && /_pipe$/.test(container)) await lookAhead();
    return { format, video, name, paced, overRtp: locator.kind === 'rtsp', read, interrupt, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    clearTimeout(late);
  }

  async function close(): Promise<void> {
    closed = true;
    for (const packet of ahead) packet.free();
    await format.closeInput();
  }

  /** Pictures one after another are a video; one alone is none. @throws HeatboxError `SOURCE_IS_PICTURE` */
  async function lookAhead(): Promise<void> {
    for (let count = 0; count < 2; count++) {
      const packet = new Packet();
      packet.alloc();
      ahead.push(packet);
      if (!(await fetch(packet))) throw pictureError(input);
    }
  }

  async function read(packet: Packet): Promise<boolean> {
    const waiting = ahead.shift();
    if (waiting === undefined) return fetch(packet);
    packet.ref(waiting);
    waiting.free();
    return true;
  }

  async function fetch(packet: Packet): Promise<boolean> {
    for (let damaged = 0; ; ) {
      const code = await format.readFrame(packet);
      if (code >= 0) return true;
      if (code === AVERROR_EOF || code === AVERROR_EXIT || interrupted) return false;
      if (code === AVERROR_EAGAIN) await new Promise((resolve) => setTimeout(resolve, 5));
      else if (locator.kind !== 'file' && ++damaged < MOST_DAMAGED && isDamage(code)) continue;
      else throw await failed(code, 'read', true);
    }
  }
}

function isPaced({ kind }: Locator, { duration, iformat }: FormatContext): boolean {
  if (kind === 'file' || kind === 'test') return true;
  return kind === 'http' && (duration > 0n || iformat?.name === 'hls');
}

function isDamage(code: number): boolean {
  return FFmpegError.strerror(code).startsWith('Invalid data');
}
