import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawOverlay } from '../../src/overlay/index.ts';
import type { Picture } from '../../src/overlay/picture.ts';
import type { Box } from '../../src/types.ts';

interface Layout {
  readonly bitDepth: number;
  readonly shifts: readonly [number, number];
  readonly semiPlanar?: boolean;
  readonly grey?: boolean;
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  yuv420p: { bitDepth: 8, shifts: [1, 1] },
  yuv422p10: { bitDepth: 10, shifts: [1, 0] },
  yuv444p: { bitDepth: 8, shifts: [0, 0] },
  nv12: { bitDepth: 8, shifts: [1, 1], semiPlanar: true },
  p010: { bitDepth: 10, shifts: [1, 1], semiPlanar: true },
  gray: { bitDepth: 8, shifts: [0, 0], grey: true },
};

/** A picture of noise, its rows longer than the picture is wide. */
function noise(width: number, height: number, { bitDepth, shifts, semiPlanar = false, grey = false }: Layout): Picture {
  const bytes = bitDepth > 8 ? 2 : 1;
  let state = 1;
  const plane = (across: number, down: number) => {
    const stride = (across + 3) * bytes;
    const samples = bytes === 1 ? new Uint8Array(stride * down) : new Uint16Array((stride * down) / 2);
    for (let i = 0; i < samples.length; i++) {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      samples[i] = ((state >> 16) % 2 ** bitDepth) << (semiPlanar && bytes === 2 ? 6 : 0);
    }
    return { data: new Uint8Array(samples.buffer), stride };
  };
  const [across, down] = [Math.ceil(width / 2 ** shifts[0]), Math.ceil(height / 2 ** shifts[1])];
  const chroma = semiPlanar ? [plane(across * 2, down)] : [plane(across, down), plane(across, down)];
  return {
    ...{ width, height, bitDepth, matrix: 'bt709', range: 'tv', semiPlanar },
    planes: [plane(width, height), ...(grey ? [] : chroma)],
    ...{ chromaShiftX: shifts[0], chromaShiftY: shifts[1] },
  };
}

function blur(picture: Picture, box: Box): void {
  drawOverlay(picture, { blur: true, tracks: [{ id: 1, label: 'face', score: 1, box, state: 'confirmed' }] });
}

/** Luma as rows of numbers. */
function luma({ planes, width, height, bitDepth }: Picture): number[][] {
  const { data, stride } = planes[0]!;
  const samples = bitDepth > 8 ? new Uint16Array(data.buffer) : data;
  const row = bitDepth > 8 ? stride / 2 : stride;
  return Array.from({ length: height }, (_, y) => [...samples.subarray(y * row, y * row + width)]);
}

/** Mean square of the differences of neighbours. */
function detail(rows: number[][]): number {
  const squares = rows.flatMap((row) => row.slice(1).map((value, x) => (value - row[x]!) ** 2));
  return squares.reduce((sum, value) => sum + value, 0) / squares.length;
}

describe.each(Object.entries(LAYOUTS))('what is hidden in %s', (_, layout) => {
  it('cannot be made out any more', () => {
    const picture = noise(97, 61, layout);
    const before = detail(luma(picture));
    blur(picture, [10, 8, 90, 55]);
    const inside = luma(picture)
      .slice(8, 55)
      .map((row) => row.slice(10, 90));
    expect(detail(inside)).toBeLessThan(before / 100);
  });

  it('is in the box, and nothing beside it is touched', () => {
    const side = fc.double({ min: -20, max: 60, noNaN: true });
    fc.assert(
      fc.property(
        side,
        side,
        fc.double({ min: 0, max: 70, noNaN: true }),
        fc.double({ min: 0, max: 70, noNaN: true }),
        (x, y, w, h) => {
          const [picture, same] = [noise(41, 31, layout), noise(41, 31, layout)];
          blur(picture, [x, y, x + w, y + h]);
          const [now, was] = [luma(picture), luma(same)];
          for (const [row, values] of now.entries())
            for (const [column, value] of values.entries()) {
              const isIn =
                column >= Math.floor(x) && column < Math.ceil(x + w) && row >= Math.floor(y) && row < Math.ceil(y + h);
              if (!isIn) expect(value).toBe(was[row]![column]);
            }
          // Between the end of the visible row and the next one.
          for (const [index, { data, stride }] of picture.planes.entries()) {
            const visible = stride - 3 * (layout.bitDepth > 8 ? 2 : 1);
            for (let at = 0; at < data.length; at++)
              if (at % stride >= visible) expect(data[at]).toBe(same.planes[index]!.data[at]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

it('leaves a picture alone whose box is out of sight, no number, or of an ended track', () => {
  const [picture, same] = [noise(40, 30, LAYOUTS.yuv420p!), noise(40, 30, LAYOUTS.yuv420p!)];
  blur(picture, [50, 50, 60, 60]);
  blur(picture, [Number.NaN, 0, 10, 10]);
  drawOverlay(picture, { blur: true, tracks: [{ label: 'face', score: 1, box: [0, 0, 40, 30], state: 'ended' }] });
  expect(picture).toEqual(same);
});
