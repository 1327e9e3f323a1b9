import { describe, expect, it } from 'vitest';
import { drawOutline } from '../../src/outline/draw.ts';
import type { CamMap } from '../../src/types.ts';

describe('a class map drawn by evidence of outlines', () => {
  it('keeps to the object that the class map has chosen', () => {
    const drawn = drawOutline(row(0.1, 0.1, 1, 1), row(1, 1, 1, 1));
    expect([...drawn.data]).toEqual([0, 0, 1, 1]);
  });

  it('ends where the evidence ends', () => {
    const { data } = drawOutline(row(0, 0.9, 1, 0.9), row(0, 1, 1, 0));
    expect(data[1]).toBeCloseTo(0.9);
    expect(data[3]).toBeLessThan(0.3);
  });

  it('is the class map alone where there is evidence of nothing', () => {
    expect([...drawOutline(row(0, 0.5, 1, 0.5), row(0, 0, 0, 0)).data]).toEqual([0, 0.5, 1, 0.5]);
  });

  it('has the finer of the two grids', () => {
    const evidence = { rows: 4, cols: 8, data: new Float32Array(32).fill(0.5) };
    expect(drawOutline(row(0, 0.5, 1, 0.5), evidence)).toMatchObject({ rows: 4, cols: 8 });
  });
});

function row(...values: number[]): CamMap {
  return { rows: 1, cols: values.length, data: Float32Array.from(values) };
}
