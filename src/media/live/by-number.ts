/**
 * Runs jobs in the order of their numbers, which count from 0, each once all before it are settled. A frame whose network
 * run is late is given back after those behind it, but an encoder takes frames in their order.
 *
 * @returns settles a number, with what is to be done for it, if anything.
 */
export function byNumber(): (index: number, job?: () => void) => void {
  const settled = new Map<number, (() => void) | undefined>();
  let next = 0;
  return (index, job) => {
    settled.set(index, job);
    for (; settled.has(next); next++) {
      const run = settled.get(next);
      settled.delete(next);
      run?.();
    }
  };
}
