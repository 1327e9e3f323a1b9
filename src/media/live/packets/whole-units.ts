import { avGetCodecName, Packet, type Stream } from 'node-av/lib';
import { type NalCodec, readHead } from './annex-b.ts';

/**
 * Puts keyframes together that the demuxer hands over in parts: some servers send the parameter sets before every slice of
 * a keyframe, and FFmpeg takes each for a new picture.
 *
 * To know the last part the packet behind it must be there, so once a stream has shown that it does this, its keyframes
 * come one packet later.
 */
interface WholeUnits {
  /** @param read - Reads the next packet of the video into the one given; false at the end. */
  next(packet: Packet, read: (packet: Packet) => Promise<boolean>): Promise<boolean>;
  close(): void;
}

export function wholeUnits(stream: Stream): WholeUnits {
  const name = avGetCodecName(stream.codecpar.codecId);
  const codec: NalCodec | undefined = name === 'h264' || name === 'hevc' ? name : undefined;
  const ahead = new Packet();
  ahead.alloc();
  let waiting = false;
  let ended = false;
  /** The first keyframe is looked at whatever it is: what is behind it has been read already. */
  let splits = true;

  /** Annex B begins with a start code; in containers units have their length in front, and are whole. */
  const head = ({ data }: Packet) => (codec && data?.[0] === 0 && data[1] === 0 ? readHead(data, codec) : undefined);

  return {
    async next(packet, read) {
      if (ended) return false;
      if (!waiting && !(await read(packet))) return false;
      if (waiting) {
        packet.ref(ahead);
        ahead.unref();
        waiting = false;
      }
      if (!splits || !head(packet)?.key) return true;
      for (splits = false; ; splits = true) {
        if (!(await read(ahead))) {
          ended = true;
          return true;
        }
        const next = head(ahead);
        if (!next?.continues || next.slice === undefined) {
          waiting = true;
          return true;
        }
        packet.data = Buffer.concat([packet.data!, ahead.data!.subarray(next.slice)]);
        ahead.unref();
      }
    },
    close: () => ahead.free(),
  };
}
