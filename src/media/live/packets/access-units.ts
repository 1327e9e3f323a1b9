import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Packet, Stream } from 'node-av/lib';
import type { AccessUnit } from '../../../protocol/video.ts';
import { microseconds, ratioOf } from '../../frames/av.ts';
import { codecName } from '../../input/describe-source.ts';
import { type NalCodec, readHead } from './annex-b.ts';
import { codecString, plainCodecString } from './codec-string.ts';
import { toAnnexB } from './to-annex-b.ts';

/** Makes access units of a video's packets, in the form that browsers take. */
interface AccessUnits {
  /** Whether browsers take the codec at all; of others there are no units. */
  readonly taken: boolean;
  /** Whether its streams have parameter sets: H.264 and H.265. */
  readonly haveSets: boolean;
  /** The newest sequence parameter set; the container's until the stream has its own. */
  readonly sps: Uint8Array | undefined;
  /**
   * @param extradata - Where the container's parameter sets change with this packet.
   * @returns undefined where nothing can be made of the packet.
   */
  of(packet: Packet, extradata?: Uint8Array): AccessUnit | undefined;
  /** The codec string (RFC 6381) of the newest units, or FFmpeg's name of the codec. */
  codec(bitDepth: number): string;
  close(): void;
}

/** @param untimed - Packets without a time of their own cannot be shown by another decoder: of them there are no units. */
export function accessUnits(stream: Stream, untimed: boolean): AccessUnits {
  const timeBase = ratioOf(stream.timeBase);
  const name = codecName(stream);
  const nal: NalCodec | undefined = name === 'h264' || name === 'hevc' ? name : undefined;
  const taken = !untimed && (nal !== undefined || ['vp8', 'vp9', 'av1'].includes(name));
  const filter = nal && toAnnexB(stream, nal);
  /** All parameter sets, with start codes. */
  let sets: Uint8Array | undefined;
  let sps: Uint8Array | undefined;

  const { extradata } = stream.codecpar;
  // What FLV and MP4 have there is not Annex B; the filter puts it before keyframes.
  if (nal !== undefined && extradata?.[0] === 0) learn(readHead(extradata, nal));

  function learn(head: Pick<ReturnType<typeof readHead>, 'sps' | 'sets'>): void {
    if (head.sps !== undefined) ({ sps, sets } = head);
  }

  return {
    taken,
    haveSets: nal !== undefined,
    get sps() {
      return sps;
    },
    of(packet, extradata) {
      if (!taken) return undefined;
      if (extradata !== undefined) filter?.restart(extradata);
      if (packet.pts === AV_NOPTS_VALUE || packet.data === null) return undefined;
      const ptsUs = microseconds(packet.pts, timeBase);
      if (nal === undefined) return { ptsUs, key: packet.isKeyframe, data: Uint8Array.from(packet.data) };
      const data = filter!.convert(packet);
      if (data === undefined) return undefined;
      const { key, start, ...head } = readHead(data, nal);
      learn(head);
      const body = data.subarray(start);
      const lacks = key && head.sps === undefined && sets !== undefined;
      return { ptsUs, key, data: lacks ? Buffer.concat([sets!, body]) : Uint8Array.from(body) };
    },
    codec(bitDepth) {
      if (untimed) return name;
      if (sps !== undefined && nal !== undefined) return codecString(sps, nal);
      const { profile, level } = stream.codecpar;
      return plainCodecString({ codec: name, profile, level, bitDepth });
    },
    close: () => filter?.close(),
  };
}
