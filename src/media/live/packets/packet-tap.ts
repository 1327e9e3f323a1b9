import type { Packet, Stream } from 'node-av/lib';
import type { AccessUnit, DecoderConfig } from '../../../protocol/video.ts';
import type { Size } from '../../../types.ts';
import type { HostEvent } from '../../protocol.ts';
import { accessUnits } from './access-units.ts';

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

interface TapOptions {
  readonly stream: Stream;
  /** Whether its packets do not say when their frames are shown. */
  readonly untimed: boolean;
  readonly send: (event: HostEvent) => void;
  /** Whether main takes what it is sent; while it does not, units are left out up to the next keyframe. */
  readonly keepsUp: () => boolean;
}

/** The newest keyframe and what follows it wait for viewers to come, as far as they fit into this. */
const KEPT_BYTES = 16 * 2 ** 20;
/** A keyframe whose frame never comes out of the decoder is given up with so many units behind it. */
const MOST_HELD = 64;

/**
 * The codecs that browsers take go out as access units; of others only the configuration does, which names the codec.
 *
 * A keyframe with new parameters is held until its first frame is decoded, since the frame alone says how it is shown.
 */
export function packetTap({ stream, untimed, send, keepsUp }: TapOptions): PacketTap {
  const units = accessUnits(stream, untimed);
  /** The sequence parameter set that the configuration was made of. */
  let told: Uint8Array | undefined;
  let config: DecoderConfig | undefined;
  let group: AccessUnit[] = [];
  let groupBytes = 0;
  let held: { units: AccessUnit[]; from: bigint; sps: Uint8Array | undefined } | undefined;
  let begun = false;
  let wanted = false;
  let lost = true;

  function pass(unit: AccessUnit): void {
    if (unit.key) {
      group = [];
      groupBytes = 0;
    } else if (group.length === 0) return;
    group.push(unit);
    groupBytes += unit.data.length;
    if (groupBytes > KEPT_BYTES) group = [];
    if (begun && wanted) deliver(unit);
  }

  function deliver(unit: AccessUnit): void {
    lost = !keepsUp() || (lost && !unit.key);
    if (!lost) send({ type: 'unit', rendition: 'source', ...unit });
  }

  function tell(shown: Shown): void {
    const { coded, display, rotation, bitDepth } = shown;
    const { sps } = units;
    const next = { codec: units.codec(bitDepth), coded, display, rotation };
    const same = config !== undefined && sameBytes(sps, told) && JSON.stringify(next) === JSON.stringify(config);
    told = sps;
    config = next;
    if (begun && !same) send({ type: 'config', rendition: 'source', config });
  }

  /** Whether what follows must wait for its first frame. */
  function changes(unit: AccessUnit): boolean {
    const { sps } = units;
    if (!unit.key || (held !== undefined && sameBytes(sps, held.sps))) return false;
    return config === undefined || !units.haveSets || !sameBytes(sps, told);
  }

  return {
    packet(packet, extradata) {
      const unit = units.of(packet, extradata);
      if (unit === undefined) return;
      if (changes(unit)) held = { units: [unit], from: packet.pts, sps: units.sps };
      else if (held === undefined) pass(unit);
      else if (held.units.push(unit) > MOST_HELD) held = undefined;
    },
    decoded(ticks, shown) {
      const due = held !== undefined && ticks >= held.from;
      if (due || !units.taken || config === undefined) tell(shown);
      if (held === undefined || !due) return;
      const waiting = held.units;
      held = undefined;
      for (const unit of waiting) pass(unit);
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
    close: units.close,
  };
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0);
}
