import { AV_NOPTS_VALUE, AV_PKT_FLAG_KEY, AVSEEK_FLAG_BACKWARD } from 'node-av/constants';
import type { FormatContext, Packet, Stream } from 'node-av/lib';
import { seconds } from '../frames/av.ts';

/**
 * Sets a source to its last key frame at or before a time. Containers without an index, as transport streams, may land
 * anywhere near: then it goes farther back, until there is one.
 *
 * @param start - Seconds of the source clock.
 * @param beginning - Of the source, on the same clock.
 * @param packet - To read with.
 * @returns false where that cannot be done; the source is then anywhere, and some cannot be set to their beginning again.
 */
export function seekBefore(
  format: FormatContext,
  video: Stream,
  start: number,
  beginning: number,
  packet: Packet,
): boolean {
  for (let back = 0; ; back = Math.max(1, 2 * back)) {
    const time = Math.max(beginning, start - back);
    // Rounded up, it may be the next key frame: every picture of an image sequence is one.
    const target = BigInt(Math.floor((time * video.timeBase.den) / video.timeBase.num));
    const seek = () => format.seekFrameSync(video.index, target, AVSEEK_FLAG_BACKWARD) >= 0;
    if (!seek()) return false;
    if (nextKeyFrame(format, video, packet) <= start) return seek();
    if (time === beginning) return false;
  }
}

/** A picture is shown at most this long after its decoding time. */
const REORDERING_SECONDS = 1;

/** The time of the next key frame in seconds; infinite where there is none, or no time. */
function nextKeyFrame(format: FormatContext, video: Stream, packet: Packet): number {
  for (;;) {
    if (format.readFrameSync(packet) < 0) return Number.POSITIVE_INFINITY;
    const { streamIndex, flags, pts, dts } = packet;
    packet.unref();
    if (streamIndex !== video.index || (flags & AV_PKT_FLAG_KEY) === 0) continue;
    if (pts !== AV_NOPTS_VALUE) return seconds(pts, video.timeBase);
    return dts === AV_NOPTS_VALUE ? Number.POSITIVE_INFINITY : seconds(dts, video.timeBase) + REORDERING_SECONDS;
  }
}
