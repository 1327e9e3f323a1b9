import { BitStreamFilter, BitStreamFilterContext, Packet, type Stream } from 'node-av/lib';
import { check } from '../../frames/av.ts';
import type { NalCodec } from './annex-b.ts';

/** Makes Annex B of the packets of MP4, FLV and Matroska; those that are it already come out as they are. */
interface AnnexB {
  /** @returns the access unit; a view of native memory, valid until the next call. */
  convert(packet: Packet): Uint8Array | undefined;
  /** The container's parameter sets have changed. */
  restart(extradata: Uint8Array): void;
  close(): void;
}

export function toAnnexB(stream: Stream, codec: NalCodec): AnnexB {
  const out = new Packet();
  out.alloc();
  let filter = open();

  function open(extradata?: Uint8Array): BitStreamFilterContext {
    const context = new BitStreamFilterContext();
    check(context.alloc(BitStreamFilter.getByName(`${codec}_mp4toannexb`)!), 'make the Annex B filter');
    check(stream.codecpar.copy(context.inputCodecParameters!), 'describe the packets');
    if (extradata !== undefined) context.inputCodecParameters!.extradata = Buffer.from(extradata);
    context.inputTimeBase = stream.timeBase;
    check(context.init(), 'start the Annex B filter');
    return context;
  }

  return {
    convert(packet) {
      const copy = packet.clone();
      if (copy === null) return undefined;
      out.unref();
      const sent = filter.sendPacketSync(copy);
      copy.free();
      // A damaged packet is the decoder's to complain of.
      return sent < 0 || filter.receivePacketSync(out) < 0 || out.data === null ? undefined : out.data;
    },
    restart(extradata) {
      filter.free();
      filter = open(extradata);
    },
    close() {
      filter.free();
      out.free();
    },
  };
}
