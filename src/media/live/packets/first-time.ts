import { AV_NOPTS_VALUE } from 'node-av/constants';
import { Packet, type Stream } from 'node-av/lib';

/** Reads a stream whose first packet may lack its pts. */
interface FirstTime {
  /** @returns false at the end. */
  next(packet: Packet): Promise<boolean>;
  close(): void;
}

/**
 * Gives the first packet of a stream with B-frames the pts that FFmpeg's parser leaves out over RTSP: without it the first
 * keyframe cannot be told from others, and nobody sees anything before the second. It is shown before the packets behind it,
 * so it belongs one frame before the earliest of them; that is known when as many are there as frames can be reordered.
 *
 * @param oneFrame - In the stream's time base.
 * @param read - Reads the next packet of the stream into the one given; false at the end.
 */
export function firstTime(
  { codecpar: { videoDelay } }: Stream,
  oneFrame: bigint,
  read: (packet: Packet) => Promise<boolean>,
): FirstTime {
  const ahead: Packet[] = [];
  let begun = videoDelay === 0;

  async function lookAhead(): Promise<bigint | undefined> {
    let earliest: bigint | undefined;
    while (ahead.length <= videoDelay) {
      const packet = new Packet();
      packet.alloc();
      ahead.push(packet);
      if (!(await read(packet))) {
        ahead.pop()?.free();
        break;
      }
      const { pts } = packet;
      if (pts !== AV_NOPTS_VALUE && (earliest === undefined || pts < earliest)) earliest = pts;
    }
    return earliest;
  }

  return {
    async next(packet) {
      const waiting = ahead.shift();
      if (waiting !== undefined) {
        packet.ref(waiting);
        waiting.free();
        return true;
      }
      if (!(await read(packet))) return false;
      if (!begun && packet.pts === AV_NOPTS_VALUE) {
        const earliest = await lookAhead();
        if (earliest !== undefined) packet.pts = earliest - oneFrame;
      }
      begun = true;
      return true;
    },
    close() {
      for (const packet of ahead) packet.free();
    },
  };
}
