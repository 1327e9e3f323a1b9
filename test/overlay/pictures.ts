import type { ColourSpace, Picture, PicturePlane } from '../../src/overlay/picture.ts';

export type Format = 'yuv420p' | 'yuv422p' | 'yuv444p' | 'yuv420p10le' | 'nv12' | 'p010le' | 'gray';

export const FORMATS: readonly Format[] = ['yuv420p', 'yuv422p', 'yuv444p', 'yuv420p10le', 'nv12', 'p010le', 'gray'];

const LAYOUTS: Record<Format, { shiftX: number; shiftY: number; bitDepth: number; planes: number }> = {
  yuv420p: { shiftX: 1, shiftY: 1, bitDepth: 8, planes: 3 },
  yuv422p: { shiftX: 1, shiftY: 0, bitDepth: 8, planes: 3 },
  yuv444p: { shiftX: 0, shiftY: 0, bitDepth: 8, planes: 3 },
  yuv420p10le: { shiftX: 1, shiftY: 1, bitDepth: 10, planes: 3 },
  nv12: { shiftX: 1, shiftY: 1, bitDepth: 8, planes: 2 },
  p010le: { shiftX: 1, shiftY: 1, bitDepth: 10, planes: 2 },
  gray: { shiftX: 0, shiftY: 0, bitDepth: 8, planes: 1 },
};

/** Stands in all bytes that do not belong to the picture. */
const SENTINEL = 0xa5;
const GUARD = 64;

export interface TestPicture extends Picture {
  readonly format: Format;
  /** Component 0 to 2 at its own resolution, as code values. */
  read(component: number, x: number, y: number): number;
  /** All code values of a component, row by row. */
  codes(component: number): number[];
  componentSize(component: number): { width: number; height: number };
  /** Bytes outside the picture (before, behind, and in the padding of rows) that were written. */
  strayBytes(): number;
}

/**
 * A picture in memory with padded rows and guard bytes around its planes, filled by `fill` (code values of 8 bits, scaled
 * to the depth).
 */
export function makePicture(
  format: Format,
  width: number,
  height: number,
  fill: (component: number, x: number, y: number) => number = () => 128,
  space: Partial<ColourSpace> = {},
  padding = 6,
): TestPicture {
  const { shiftX, shiftY, bitDepth, planes: planeCount } = LAYOUTS[format];
  const bytes = bitDepth > 8 ? 2 : 1;
  const semiPlanar = planeCount === 2;
  const shift = semiPlanar && bytes === 2 ? 16 - bitDepth : 0;
  const componentSize = (component: number) =>
    component === 0 ? { width, height } : { width: (width + shiftX) >> shiftX, height: (height + shiftY) >> shiftY };

  const memory: { whole: Uint8Array; visible: Uint8Array }[] = [];
  const planes: PicturePlane[] = [];
  for (let index = 0; index < planeCount; index++) {
    const size = componentSize(index);
    const rowBytes = size.width * bytes * (semiPlanar && index === 1 ? 2 : 1);
    const stride = rowBytes + padding * bytes;
    const whole = new Uint8Array(stride * size.height + 2 * GUARD).fill(SENTINEL);
    const visible = new Uint8Array(whole.length);
    for (let y = 0; y < size.height; y++) visible.fill(1, GUARD + y * stride, GUARD + y * stride + rowBytes);
    memory.push({ whole, visible });
    planes.push({ data: whole.subarray(GUARD, whole.length - GUARD), stride });
  }

  const views = planes.map(({ data }) => new DataView(data.buffer, data.byteOffset));
  const locate = (component: number, x: number, y: number) => {
    const index = semiPlanar ? Math.min(component, 1) : component;
    const at = semiPlanar && component > 0 ? 2 * x + component - 1 : x;
    return { view: views[index]!, at: y * planes[index]!.stride + at * bytes };
  };
  const read = (component: number, x: number, y: number) => {
    const { view, at } = locate(component, x, y);
    return bytes === 1 ? view.getUint8(at) : view.getUint16(at, true) >> shift;
  };
  const codes = (component: number) => {
    const size = componentSize(component);
    return Array.from({ length: size.width * size.height }, (_, i) =>
      read(component, i % size.width, Math.floor(i / size.width)),
    );
  };
  for (let component = 0; component < (planeCount === 1 ? 1 : 3); component++) {
    const size = componentSize(component);
    for (let y = 0; y < size.height; y++) {
      for (let x = 0; x < size.width; x++) {
        const { view, at } = locate(component, x, y);
        const code = fill(component, x, y) * 2 ** (bitDepth - 8);
        if (bytes === 1) view.setUint8(at, code);
        else view.setUint16(at, code << shift, true);
      }
    }
  }
  return {
    format,
    width,
    height,
    planes,
    chromaShiftX: shiftX,
    chromaShiftY: shiftY,
    bitDepth,
    semiPlanar,
    matrix: 'bt709',
    range: 'tv',
    ...space,
    read,
    codes,
    componentSize,
    strayBytes: () =>
      memory.reduce((sum, { whole, visible }) => {
        return sum + whole.filter((byte, i) => visible[i] === 0 && byte !== SENTINEL).length;
      }, 0),
  };
}

/** A picture that has something everywhere: no two neighbours alike. */
export function texture(component: number, x: number, y: number): number {
  return 20 + ((x * 37 + y * 59 + component * 83) % 200);
}
