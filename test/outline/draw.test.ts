import { describe, expect, it } from 'vitest';
import { AS_LIKELY_AS_NOT, drawOutline } from '../../src/outline/draw.ts';
import type { CamMap } from '../../src/types.ts';

describe('a class map drawn by evidence of outlines', () => {
  it('keeps to the object that the class map has chosen', () => {
    const { data } = drawOutline(row(0.125, 0.125, 1, 1), row(1, 1, 1, 1));
    expect([...data]).toEqual([0.125, 0.125, 1, 1]);
  });

  it('ends where the evidence ends', () => {
    const { data } = drawOutline(row(0, 0.9, 1, 0.9), row(0, 1, 1, 0));
    expect(data[1]).toBeCloseTo(0.9);
    expect(data[3]).toBeLessThan(0.2);
  });

  it('has the shape of the class map where there is evidence of nothing', () => {
    const { data } = drawOutline(row(0, 0.5, 1, 0.5), row(0, 0, 0, 0));
    expect(data[2]).toBeGreaterThan(0);
    for (const [cell, share] of [0, 0.5, 1, 0.5].entries()) expect(data[cell]).toBeCloseTo(share * data[2]!);
  });

  it('tells by its peak where an object is less likely than not', () => {
    const peak = (evidence: number) => Math.max(...drawOutline(row(0, 1, 0.5), row(0, evidence, 0)).data);
    expect(peak(0.49)).toBeLessThan(AS_LIKELY_AS_NOT);
    expect(peak(0.51)).toBeGreaterThan(AS_LIKELY_AS_NOT);
  });

  it('has the finer of the two grids', () => {
    const evidence = { rows: 4, cols: 8, data: new Float32Array(32).fill(0.5) };
    expect(drawOutline(row(0, 0.5, 1, 0.5), evidence)).toMatchObject({ rows: 4, cols: 8 });
  });
});

function row(...values: number[]): CamMap {
  return { rows: 1, cols: values.length, data: Float32Array.from(values) };
}
