import { concatMap, defer, finalize, type MonoTypeOperatorFunction, map } from 'rxjs';

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
    defer(() => {
      const waiting = new Set<() => void>();
      return source.pipe(
        map((frame) => {
          const release = frame.hold();
          waiting.add(release);
          return { frame, release };
        }),
        concatMap(({ frame, release }) =>
          defer(async () => {
            waiting.delete(release);
            await handler(frame);
            return frame;
          }).pipe(finalize(release)),
        ),
        // Those that have not had their turn when the stream ends early.
        finalize(() => {
          for (const release of waiting) release();
        }),
      );
    });
}
