import { expect, it } from 'vitest';
import { byNumber } from '../../../src/media/live/by-number.ts';

it('runs jobs in the order of their numbers, each once all before it are settled', () => {
  const ran: number[] = [];
  const settle = byNumber();
  settle(2, () => ran.push(2));
  settle(0, () => ran.push(0));
  expect(ran).toEqual([0]);
  settle(1);
  expect(ran).toEqual([0, 2]);
  settle(3, () => ran.push(3));
  expect(ran).toEqual([0, 2, 3]);
});
