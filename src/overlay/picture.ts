import { HeatboxError } from '../error.ts';

/** Matrix coefficients from RGB to YUV. `bt2020` is the non-constant-luminance one and implies BT.2020 primaries here. */
export type ColourMatrix = 'bt709' | 'bt601' | 'bt2020' | 'smpte240m' | 'fcc';

/** `tv`: luma from 16 to 235 (of 255). `pc`: the whole range of the codes. */
export type ColourRange = 'tv' | 'pc';

/** `sdr` is any gamma-like curve; `pq` is SMPTE ST 2084, `hlg` is ARIB STD-B67. */
export type Transfer = 'sdr' | 'pq' | 'hlg';

/** What turns an sRGB colour into the picture's code values. */
export interface ColourSpace {
  readonly matrix: ColourMatrix;
  readonly range: ColourRange;
  /** `sdr` if left out. */
  readonly transfer?: Transfer;
  /** Bits a sample: 8 in one byte, 9 to 16 in two (little endian). */
  readonly bitDepth: number;
}

export interface PicturePlane {
  readonly data: Uint8Array;
  /** Bytes from one row to the next, at least those of a row. */
  readonly stride: number;
}

/** A YUV picture in display space (upright, square pixels): yuv420p, yuv422p, yuv444p, their 10-bit kin, nv12, p010, gray. */
export interface Picture extends ColourSpace {
  readonly width: number;
  readonly height: number;
  /** Y, U, V; or Y and interleaved UV (`semiPlanar`); or Y alone (gray). */
  readonly planes: readonly PicturePlane[];
  /** log2 of the horizontal subsampling of chroma: 1 for 4:2:0 and 4:2:2, 0 for 4:4:4. */
  readonly chromaShiftX: number;
  /** log2 of the vertical subsampling of chroma: 1 for 4:2:0, 0 for 4:2:2 and 4:4:4. */
  readonly chromaShiftY: number;
  /** U and V interleaved in the second plane; above 8 bits the samples are then the high bits of their words (p010). */
  readonly semiPlanar?: boolean;
}

export type Samples = Uint8Array | Uint16Array;

/** One component of a picture: sample (x, y) is `samples[offset + y * stride + x * step]`. */
export interface Component {
  readonly samples: Samples;
  /** In samples, as `step` and `offset`. */
  readonly stride: number;
  readonly step: number;
  readonly offset: number;
  readonly width: number;
  readonly height: number;
}

/** A picture checked and made ready for writing: every sample addressed below lies inside its plane. */
export interface Surface {
  readonly width: number;
  readonly height: number;
  readonly luma: Component;
  /** U and V, or nothing for gray. */
  readonly chroma: readonly Component[];
  readonly shiftX: number;
  readonly shiftY: number;
  /** Bits the samples stand to the left in their words: 6 for p010, else 0. */
  readonly sampleShift: number;
  readonly space: ColourSpace;
}

/**
 * Checks a picture and addresses its components. Native memory lies behind the planes, so nothing is drawn on trust.
 *
 * @throws HeatboxError `BAD_PICTURE` when sizes, depth, strides or plane lengths do not fit together.
 */
export function openSurface(picture: Picture): Surface {
  const { width, height, bitDepth, planes, chromaShiftX, chromaShiftY, semiPlanar = false } = picture;
  check(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0, `size ${width}x${height}`);
  check(Number.isInteger(bitDepth) && bitDepth >= 8 && bitDepth <= 16, `bit depth ${bitDepth}`);
  check(
    [0, 1, 2].includes(chromaShiftX) && [0, 1, 2].includes(chromaShiftY),
    `shifts ${chromaShiftX}, ${chromaShiftY}`,
  );
  const planeCount = semiPlanar ? 2 : 3;
  check(planes.length === 1 || planes.length === planeCount, `${planes.length} planes`);

  const bytes = bitDepth > 8 ? 2 : 1;
  const chromaSize = {
    width: (width + (1 << chromaShiftX) - 1) >> chromaShiftX,
    height: (height + (1 << chromaShiftY) - 1) >> chromaShiftY,
  };
  const component = (index: number, size: { width: number; height: number }, step = 1, offset = 0): Component => {
    const { data, stride } = planes[index]!;
    const rowBytes = size.width * step * bytes;
    check(Number.isInteger(stride) && stride >= rowBytes && stride % bytes === 0, `plane ${index} of stride ${stride}`);
    check(data.byteLength >= stride * (size.height - 1) + rowBytes, `plane ${index} of ${data.byteLength} bytes`);
    check(data.byteOffset % bytes === 0, `plane ${index} at odd byte ${data.byteOffset}`);
    const samples = bytes === 1 ? data : new Uint16Array(data.buffer, data.byteOffset, data.byteLength >> 1);
    return { samples, stride: stride / bytes, step, offset, ...size };
  };

  let chroma: Component[] = [];
  if (planes.length > 1) {
    chroma = semiPlanar
      ? [component(1, chromaSize, 2, 0), component(1, chromaSize, 2, 1)]
      : [component(1, chromaSize), component(2, chromaSize)];
  }
  return {
    width,
    height,
    luma: component(0, { width, height }),
    chroma,
    shiftX: chromaShiftX,
    shiftY: chromaShiftY,
    sampleShift: semiPlanar && bytes === 2 ? 16 - bitDepth : 0,
    space: picture,
  };

  function check(holds: boolean, what: string): void {
    if (!holds) {
      throw new HeatboxError(
        'BAD_PICTURE',
        `cannot draw into a picture with ${what} (${width}x${height}, ${bitDepth} bit)`,
        {
          value: { width, height, bitDepth, chromaShiftX, chromaShiftY, semiPlanar },
        },
      );
    }
  }
}
