import { describe, expect, it } from 'vitest';
import { createTrails } from '../../src/overlay/trails.ts';
import type { Box } from '../../src/types.ts';

const at = (id: number, x: number): { id: number; box: Box } => ({ id, box: [x - 10, 0, x + 10, 40] });

describe('trails', () => {
  it('keep the centres of the last seconds, oldest first, this frame included', () => {
    const update = createTrails({ seconds: 1 });
    update(0, [at(7, 100)]);
    update(0.5, [at(7, 110)]);
    expect(update(1, [at(7, 120)]).get(7)).toMatchObject([{ x: 100, y: 20 }, { x: 110 }, { x: 120 }]);
    expect(update(1.25, [at(7, 130)]).get(7)).toMatchObject([{ x: 110 }, { x: 120 }, { x: 130 }]);
  });

  it('belong to one track each, and outlast a frame without it', () => {
    const update = createTrails({ seconds: 1 });
    update(0, [at(1, 10), at(2, 50)]);
    const trails = update(0.1, [at(2, 60)]);
    expect(trails.get(1)).toMatchObject([{ x: 10 }]);
    expect(trails.get(2)).toMatchObject([{ x: 50 }, { x: 60 }]);
  });

  it('forget a track that is gone for longer', () => {
    const update = createTrails({ seconds: 1 });
    update(0, [at(1, 10)]);
    expect([...update(1.01, []).keys()]).toEqual([]);
  });

  it('forget what lies ahead when time steps back', () => {
    const update = createTrails({ seconds: 10 });
    update(5, [at(1, 10)]);
    update(6, [at(1, 20)]);
    expect(update(5.5, [at(1, 30)]).get(1)).toMatchObject([{ x: 10 }, { x: 30 }]);
  });

  it('leave out a box that is not a number', () => {
    expect(createTrails({ seconds: 1 })(0, [at(1, Number.NaN)]).size).toBe(0);
  });

  it('hand out trails that later frames do not change', () => {
    const update = createTrails({ seconds: 1 });
    const first = update(0, [at(1, 10)]);
    update(0.1, [at(1, 20)]);
    expect(first.get(1)).toHaveLength(1);
  });
});
