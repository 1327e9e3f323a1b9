import type { NalCodec } from './annex-b.ts';

/**
 * The codec string of a sequence parameter set (RFC 6381; for H.265 ISO/IEC 14496-15, annex E), as `avc1.42c01e` and
 * `hev1.1.6.L93.B0`.
 *
 * @param sps - A NAL unit with its header, without a start code.
 */
export function codecString(sps: Uint8Array, codec: NalCodec): string {
  return codec === 'h264' ? `avc1.${hex(sps[1])}${hex(sps[2])}${hex(sps[3])}` : hevcString(withoutEscapes(sps));
}

/** What of a stream without parameter sets is known from its container. */
interface StreamFacts {
  /** FFmpeg's name. */
  readonly codec: string;
  /** As FFmpeg counts them; negative where unknown. */
  readonly profile: number;
  readonly level: number;
  readonly bitDepth: number;
}

/** The codec string of other codecs; FFmpeg's name where there is none. */
export function plainCodecString({ codec, profile, level, bitDepth }: StreamFacts): string {
  const two = (value: number) => String(value).padStart(2, '0');
  switch (codec) {
    case 'vp8':
      return 'vp8';
    case 'vp9':
      // FFmpeg does not read the level: 4.1 takes pictures up to 1080p.
      return `vp09.${two(Math.max(0, profile))}.${two(level > 0 ? level : 41)}.${two(bitDepth)}`;
    case 'av1':
      return `av01.${Math.max(0, profile)}.${two(level >= 0 ? level : 8)}M.${two(bitDepth)}`;
    default:
      return codec;
  }
}

/** Behind the NAL header (2 bytes) and one byte of ids: profile, compatibility, constraints, level. */
function hevcString(sps: Uint8Array): string {
  const [first = 0] = sps.subarray(3);
  const space = ['', 'A', 'B', 'C'][first >> 6]!;
  const tier = first & 0x20 ? 'H' : 'L';
  const compatibility = new DataView(sps.buffer, sps.byteOffset).getUint32(4);
  const constraints = [...sps.subarray(8, 14)];
  while (constraints.at(-1) === 0) constraints.pop();
  const parts = [`${space}${first & 0x1f}`, reversed(compatibility).toString(16), `${tier}${sps[14]}`];
  return `hev1.${[...parts, ...constraints.map((byte) => byte.toString(16).toUpperCase())].join('.')}`;
}

function reversed(bits: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) if (bits & (1 << bit)) result += 2 ** (31 - bit);
  return result;
}

/** Takes the emulation prevention bytes out: 0 0 3 stands for 0 0. */
function withoutEscapes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(
    bytes.filter((byte, at) => !(byte === 3 && at > 1 && bytes[at - 1] === 0 && bytes[at - 2] === 0)),
  );
}

function hex(byte = 0): string {
  return byte.toString(16).padStart(2, '0');
}
