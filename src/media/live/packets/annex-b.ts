/** H.264 and H.265 as byte streams (ITU-T H.264 and H.265, annex B): NAL units behind start codes. */
export type NalCodec = 'h264' | 'hevc';

/** What stands in front of the first slice of a coded picture. */
interface AccessUnitHead {
  /** Whether a decoder can start here: an IDR picture, in H.265 any random access picture. */
  readonly key: boolean;
  /** The sequence parameter set, where there is one. */
  readonly sps?: Uint8Array;
  /** All parameter sets with start codes, where there are any. */
  readonly sets?: Uint8Array;
  /** Where the unit begins behind an access unit delimiter. */
  readonly start: number;
  /** Where its first slice begins, at the start code; absent where it has none. */
  readonly slice?: number;
  /** Whether that is not the first slice of its picture. */
  readonly continues: boolean;
}

const START_CODE = Buffer.from([0, 0, 1]);

/** Kinds of NAL unit, by codec. */
const KINDS = {
  h264: {
    type: (first: number) => first & 0x1f,
    isSlice: (type: number) => type >= 1 && type <= 5,
    isKey: (type: number) => type === 5,
    header: 1,
    isSet: (type: number) => type === 7 || type === 8 || type === 13 || type === 15,
    sps: 7,
    delimiter: 9,
  },
  hevc: {
    type: (first: number) => (first >> 1) & 0x3f,
    isSlice: (type: number) => type <= 31,
    isKey: (type: number) => type >= 16 && type <= 23,
    header: 2,
    isSet: (type: number) => type >= 32 && type <= 34,
    sps: 33,
    delimiter: 35,
  },
} as const;

/** Reads an access unit up to its first slice. */
export function readHead(data: Uint8Array, codec: NalCodec): AccessUnitHead {
  const kind = KINDS[codec];
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const sets: Buffer[] = [];
  let sps: Uint8Array | undefined;
  let key = false;
  let start = 0;
  let slice: number | undefined;
  let continues = false;
  for (let at = bytes.indexOf(START_CODE); at >= 0 && at + 3 < bytes.length; ) {
    const begin = at + 3;
    const type = kind.type(bytes[begin]!);
    if (kind.isSlice(type)) {
      key = kind.isKey(type);
      slice = at;
      // H.264 begins a slice with the number of its first macroblock, 0 being a single 1; H.265 with a flag.
      continues = ((bytes[begin + kind.header] ?? 0x80) & 0x80) === 0;
      break;
    }
    const next = bytes.indexOf(START_CODE, begin);
    const end = next < 0 ? bytes.length : withoutZeros(bytes, begin, next);
    if (kind.isSet(type)) sets.push(Buffer.from([0, 0, 0, 1]), bytes.subarray(begin, end));
    if (type === kind.sps) sps = Uint8Array.from(bytes.subarray(begin, end));
    if (type === kind.delimiter && sets.length === 0) start = end;
    at = next;
  }
  return {
    key,
    start,
    continues,
    slice,
    sps,
    sets: sets.length === 0 ? undefined : Uint8Array.from(Buffer.concat(sets)),
  };
}

/** The end of a NAL unit: zeros before a start code belong to that. */
function withoutZeros(bytes: Buffer, begin: number, end: number): number {
  let last = end;
  while (last > begin && bytes[last - 1] === 0) last--;
  return last;
}
