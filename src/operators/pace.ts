import { concatMap, finalize, type MonoTypeOperatorFunction, map, timer } from 'rxjs';

/**
 * Lets frames through at the pace of their timestamps, as a live source would bring them; the frames behind are held. The
 * first frame sets the clock. A frame that comes late goes through at once.
 */
export function pace<Frame extends { readonly pts: number; hold(): () => void }>(): MonoTypeOperatorFunction<Frame> {
  return (source) => {
    let origin: number | undefined;
    return source.pipe(
      map((frame) => ({ frame, release: frame.hold() })),
      concatMap(({ frame, release }) => {
        const due = frame.pts * 1000;
        origin ??= performance.now() - due;
        return timer(Math.max(0, origin + due - performance.now())).pipe(
          map(() => frame),
          finalize(release),
        );
      }),
    );
  };
}
