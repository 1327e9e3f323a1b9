import type { Subscriber } from 'rxjs';

/**
 * Runs one step of an operator. What it throws becomes the error of the stream, which RxJS does for its own operators but
 * not for the callbacks of a `subscribe` within one: there it would end the process.
 */
export function attempt(subscriber: Subscriber<unknown>, step: () => void): void {
  try {
    step();
  } catch (error) {
    subscriber.error(error);
  }
}
