import { AV_NOPTS_VALUE } from 'node-av/constants';
import { avGetCodecName, type Packet, type Stream } from 'node-av/lib';
import type { DecoderConfig } from '../../../protocol/video.ts';
import type { Size } from '../../../types.ts';
import { microseconds, ratioOf } from '../../frames/av.ts';
import type { HostEvent } from '../../protocol.ts';
import { type NalCodec, readHead } from './annex-b.ts';
import { codecString, plainCodecString } from './codec-string.ts';
import { toAnnexB } from './to-annex-b.ts';

/** How a decoded frame is shown. */
export interface Shown {
  readonly coded: Size;
  readonly display: Size;
  readonly rotation: number;
  readonly bitDepth: number;
}

/** Passes a source's own packets on. */
export interface PacketTap {
  /** A packet about to be decoded; `extradata` where the container's parameter sets change with it. */
  packet(packet: Packet, extradata?: Uint8Array): void;
  /** A frame was decoded, by which packets up to its time are known to be of its size. */
  decoded(ticks: bigint, shown: Shown): void;
  /** From now on events are sent; the first tells the configuration. */
  begin(): void;
  demand(wanted: boolean): void;
  close(): void;
}

export interface TapOptions {
  readonly stream: Stream;
  readonly send: (event: HostEvent) => void;
  /** Whether main takes what it is sent; while it does not, units are left out up to the next keyframe. */
  readonly keepsUp: () => boolean;
}

type Unit = Extract<HostEvent, { type: 'unit' }>;

/** The newest keyframe and what follows it wait for viewers to come, as far as they fit into this. */
const KEPT_BYTES = 16 * 2 ** 20;
/** A keyframe whose frame never comes out of the decoder is given up with so many units behind it. */
const MOST_HELD = 64;

/**
 * The codecs that browsers take go out as access units; of others only the configuration does, which names the codec.
 *
 * A keyframe with new parameters is held until its first frame is decoded, since the frame alone says how it is shown.
 */
export function packetTap({ stream, send, keepsUp }: TapOptions): PacketTap {
  const timeBase = ratioOf(stream.timeBase);
  const name = avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
  const nal: NalCodec | undefined = name === 'h264' || name === 'hevc' ? name : undefined;
  const passes = nal !== undefined || ['vp8', 'vp9', 'av1'].includes(name);
  const filter = nal && toAnnexB(stream, nal);
  /** The newest parameter sets seen, with start codes; those of the container until the stream has its own. */
  let sets: Uint8Array | undefined;
  let sps: Uint8Array | undefined;
  /** The sequence parameter set that the configuration was made of. */
  let told: Uint8Array | undefined;
  let config: DecoderConfig | undefined;
  let group: Unit[] = [];
  let groupBytes = 0;
  let held: { units: Unit[]; from: bigint; sps: Uint8Array | undefined } | undefined;
  let begun = false;
  let wanted = false;
  let lost = true;

  if (nal !== undefined && stream.codecpar.extradata !== null) learn(stream.codecpar.extradata);

  function learn(data: Uint8Array): void {
    // What FLV and MP4 have there is not Annex B; the filter puts it before keyframes.
    if (data[0] !== 0) return;
    const head = readHead(data, nal!);
    if (head.sps === undefined) return;
    ({ sps, sets } = head);
  }

  function unitOf(packet: Packet): Unit | undefined {
    if (packet.pts === AV_NOPTS_VALUE || packet.data === null) return undefined;
    const ptsUs = microseconds(packet.pts, timeBase);
    const unit = { type: 'unit', rendition: 'source', ptsUs } as const;
    if (nal === undefined) return { ...unit, key: packet.isKeyframe, data: Uint8Array.from(packet.data) };
    const data = filter!.convert(packet);
    if (data === undefined) return undefined;
    const { key, start, ...head } = readHead(data, nal);
    if (head.sps !== undefined) ({ sps, sets } = head);
    const body = data.subarray(start);
    const lacks = key && head.sps === undefined && sets !== undefined;
    return { ...unit, key, data: lacks ? Buffer.concat([sets!, body]) : Uint8Array.from(body) };
  }

  function pass(unit: Unit): void {
    if (unit.key) {
      group = [];
      groupBytes = 0;
    } else if (group.length === 0) return;
    group.push(unit);
    groupBytes += unit.data.length;
    if (groupBytes > KEPT_BYTES) group = [];
    if (begun && wanted) deliver(unit);
  }

  function deliver(unit: Unit): void {
    lost = !keepsUp() || (lost && !unit.key);
    if (!lost) send(unit);
  }

  function tell(shown: Shown): void {
    const { coded, display, rotation, bitDepth } = shown;
    const { profile, level } = stream.codecpar;
    const codec = sps && nal ? codecString(sps, nal) : plainCodecString({ codec: name, profile, level, bitDepth });
    const next = { codec, coded, display, rotation };
    const same = config !== undefined && sameBytes(sps, told) && JSON.stringify(next) === JSON.stringify(config);
    told = sps;
    config = next;
    if (begun && !same) send({ type: 'config', rendition: 'source', config });
  }

  /** Whether what follows must wait for its first frame. */
  function changes(unit: Unit): boolean {
    if (!unit.key || (held !== undefined && sameBytes(sps, held.sps))) return false;
    return config === undefined || nal === undefined || !sameBytes(sps, told);
  }

  return {
    packet(packet, extradata) {
      if (!passes) return;
      if (extradata !== undefined) filter?.restart(extradata);
      const unit = unitOf(packet);
      if (unit === undefined) return;
      if (changes(unit)) held = { units: [unit], from: packet.pts, sps };
      else if (held === undefined) pass(unit);
      else if (held.units.push(unit) > MOST_HELD) held = undefined;
    },
    decoded(ticks, shown) {
      const due = held !== undefined && ticks >= held.from;
      if (due || !passes || config === undefined) tell(shown);
      if (held === undefined || !due) return;
      const { units } = held;
      held = undefined;
      for (const unit of units) pass(unit);
    },
    begin() {
      begun = true;
      if (config !== undefined) send({ type: 'config', rendition: 'source', config });
    },
    demand(wants) {
      if (wants && !wanted) {
        lost = true;
        if (begun) for (const unit of group) deliver(unit);
      }
      wanted = wants;
    },
    close: () => filter?.close(),
  };
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0);
}
