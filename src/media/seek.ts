import { AV_NOPTS_VALUE, AV_PKT_FLAG_KEY, AVSEEK_FLAG_BACKWARD, AVSEEK_FLAG_BYTE } from 'node-av/constants';
import type { FormatContext, Packet, Stream } from 'node-av/lib';
import { seconds, ticks } from './av.ts';

/**
 * Sets a source to its last key frame at or before a time. Containers without an index, as transport streams, may land
 * anywhere near: then it goes farther back, until there is one.
 *
 * @param start - Seconds.
 * @param packet - To read with.
 * @returns false where the container cannot seek; the source is then at its beginning.
 */
export function seekBefore(format: FormatContext, video: Stream, start: number, packet: Packet): boolean {
  for (let back = 0; start - back > 0; back = Math.max(1, 2 * back)) {
    const target = ticks(start - back, video.timeBase);
    const seek = () => format.seekFrameSync(video.index, target, AVSEEK_FLAG_BACKWARD) >= 0;
    if (!seek()) break;
    if (nextKeyFrame(format, video, packet) <= start) return seek();
  }
  // A search in vain may have gone to the end.
  format.seekFrameSync(-1, 0n, AVSEEK_FLAG_BYTE);
  return false;
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
