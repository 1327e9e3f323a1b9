import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, onTestFinished } from 'vitest';

type Cleanup = () => unknown;

const keeping = new AsyncLocalStorage<Cleanup[]>();

/** Runs when the test is over, or, if it is called within `keep`, when the file is. */
export function atEnd(cleanup: Cleanup): void {
  const kept = keeping.getStore();
  if (kept) kept.push(cleanup);
  else onTestFinished(async () => void (await cleanup()));
}

/** For `describe`: returns a function for `beforeAll` whose helpers open what all tests of the file share. */
export function keep(): <T>(make: () => Promise<T>) => Promise<T> {
  const cleanups: Cleanup[] = [];
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  return (make) => keeping.run(cleanups, make);
}
