import { concatMap, type MonoTypeOperatorFunction, map } from 'rxjs';

/**
 * Hands the frames to a function one after another, waiting for the promise it may return; meanwhile the frames behind are
 * held and the decoder waits. A plain `subscribe` cannot do that: RxJS would queue without bound.
 *
 * @example
 * frames.pipe(consume(async ({ pts, tracks }) => { await save(pts, tracks); })).subscribe()
 */
export function consume<Frame extends { hold(): () => void }>(
  handler: (frame: Frame) => void | Promise<void>,
): MonoTypeOperatorFunction<Frame> {
  return (source) =>
    source.pipe(
      map((frame) => ({ frame, release: frame.hold() })),
      concatMap(async ({ frame, release }) => {
        try {
          await handler(frame);
          return frame;
        } finally {
          release();
        }
      }),
    );
}
