import { HeatboxError } from '../../error.ts';
import { lacksTimestamps } from '../clock/clock-policy.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import type { HostCommand, HostEvent, OpenOptions } from '../protocol.ts';
import type { Warn } from '../warn-once.ts';
import { type Arrivals, rememberArrivals } from './packets/arrivals.ts';
import { type LiveInput, type OpenLive, openLiveInput } from './packets/live-input.ts';
import { type LivePacket, type LiveReader, liveReader } from './packets/live-reader.ts';
import { type PacketTap, packetTap } from './packets/packet-tap.ts';
import { locate } from './source/locate.ts';
import type { Locator } from './source/locator.ts';

/** The host's end of the line to the main process. */
export interface LivePort extends OpenLive {
  send(event: HostEvent): void;
  /** The next command, when it arrives. */
  next(): Promise<HostCommand>;
  /** Whether main takes what it is sent. */
  keepsUp(): boolean;
}

/** What is open of a source that has shown its first frame. */
export interface Live {
  readonly locator: Locator;
  readonly input: LiveInput;
  readonly reader: LiveReader;
  readonly first: TimedFrame;
  readonly arrivals: Arrivals;
  readonly tap: PacketTap;
  readonly warn: Warn;
  /** Notes when a packet came, and passes it on. */
  take(packet: LivePacket): void;
}

/**
 * Opens a source and reads on to its first frame.
 *
 * @param closers - What is to be closed, in turn, is put in here, also where this throws.
 * @throws HeatboxError `SOURCE_…`, `WEBCAM_…`, `SCREEN_…`
 */
export async function openLive(
  port: LivePort,
  options: OpenOptions,
  warn: Warn,
  closers: (() => unknown)[],
): Promise<Live> {
  const locator = locate(options.input, options.transport);
  const input = await openLiveInput(options.input, locator, port);
  closers.push(input.close);
  const reader = liveReader(input, options, warn);
  closers.push(reader.close);
  const { format, video } = input;
  const untimed = lacksTimestamps(format.iformat) && video.codecpar.videoDelay > 0;
  const tap = packetTap({ stream: video, untimed, send: port.send, keepsUp: port.keepsUp });
  closers.push(tap.close);
  const arrivals = rememberArrivals();

  function take({ packet, receivedAt, extradata }: LivePacket): void {
    arrivals.add(packet.pts, receivedAt);
    tap.packet(packet, extradata);
  }

  for (;;) {
    const packet = await reader.next();
    if (packet !== null) take(packet);
    const [first, ...others] = reader.decode(packet?.packet ?? null);
    for (const { frame } of others) frame.free();
    if (first !== undefined) return { locator, input, reader, first, arrivals, tap, warn, take };
    if (packet === null) {
      throw new HeatboxError('SOURCE_NO_FRAMES', `no frame can be decoded from ${input.name}`, { value: input.name });
    }
  }
}
