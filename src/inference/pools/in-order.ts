/**
 * Lets promises settle in the order they are given, whichever is ready first.
 *
 * @returns a function that takes one after another and gives back each to be waited for.
 */
export function inOrder(): <Result>(promise: Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (promise) => {
    // It may fail before its turn comes, when nobody waits for it yet.
    promise.catch(() => {});
    const result = last.then(() => promise);
    last = result.catch(() => {});
    return result;
  };
}
