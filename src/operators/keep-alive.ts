import { randomUUID } from 'node:crypto';
import { defer, Observable, type Subscription, tap } from 'rxjs';
import { HeatboxError } from '../error.ts';
import type { LiveSource } from '../media/source.ts';
import { isAnnouncedEnd } from './announced-end.ts';
import {
  advance,
  connecting,
  type Happening,
  PHASE_DEFAULTS,
  type PhaseOptions,
  type Standing,
} from './stream-phase.ts';

/** Options of {@link keepAlive}. */
export interface KeepAliveOptions<T> extends Partial<PhaseOptions> {
  /** Opens the source; must reject once the signal is given, and leave nothing open then. */
  readonly open: (signal: AbortSignal) => Promise<LiveSource>;
  /** What is done with an opened source: one session, under an id of its own. */
  readonly run: (source: LiveSource, session: string) => Observable<T>;
  /**
   * Told of every change of phase, with `failed` also of the error that is the reason. A session's observable is
   * unsubscribed before the phase that ends it is told.
   */
  readonly onStanding: (standing: Standing, session: string, error?: unknown) => void;
}

/**
 * Keeps a source alive, judged by what arrives in its media host and not by the frames that a busy machine has done: opens it, runs it, and opens it anew where it is lost or falls silent, each time as a new session
 * in a new media host, after the one before is gone. Completes when the source has ended for good, or has failed, which
 * its standing then says; unsubscribing closes it.
 */
export function keepAlive<T>({ open, run, onStanding, ...given }: KeepAliveOptions<T>): Observable<T> {
  const options = { ...PHASE_DEFAULTS, ...given };
  return new Observable((subscriber) => {
    let session = '';
    let standing = connecting(performance.now(), options);
    let timer: NodeJS.Timeout | undefined;
    let leave = () => {};
    /** The host before; the next does not start until it is gone. */
    let gone: Promise<unknown> = Promise.resolve();
    let everLive = false;

    /** What has come while this thread was busy is heard first: its own silence is not the source's. */
    function wake(milliseconds: number): void {
      const asleep = standing;
      timer = setTimeout(() => setImmediate(() => standing === asleep && happen({ type: 'due' })), milliseconds);
    }

    function happen(happening: Happening, error?: unknown): void {
      const before = standing;
      standing = advance(before, happening, performance.now(), options, Math.random);
      clearTimeout(timer);
      const { due, phase } = standing;
      if (due !== undefined) wake(due - performance.now());
      if (phase === 'live') everLive = true;
      if (phase === before.phase) return;
      const over = phase !== 'live' && phase !== 'stalled';
      if (over) leave();
      if (phase === 'connecting') begin();
      else onStanding(standing, session, phase === 'failed' ? error : undefined);
      if (phase === 'ended' || phase === 'failed') subscriber.complete();
    }

    function begin(): void {
      session = randomUUID();
      onStanding(standing, session);
      const leaving = new AbortController();
      let running: Subscription | undefined;
      const opening = gone.then(() => {
        leaving.signal.throwIfAborted();
        return open(leaving.signal);
      });
      const lose = (error: unknown) => {
        if (!leaving.signal.aborted)
          happen({ type: 'lost', reason: messageOf(error), ...prospects(error, everLive) }, error);
      };
      leave = () => {
        leave = () => {};
        leaving.abort();
        running?.unsubscribe();
        gone = opening.then(
          (source) => source.close(),
          () => {},
        );
      };
      opening.then((source) => {
        if (leaving.signal.aborted) return;
        let first: number | undefined;
        let played = 0;
        const watched: LiveSource = {
          ...source,
          frames: (wanted) =>
            source.frames(wanted).pipe(
              tap(({ pts }) => {
                first ??= pts;
                played = pts - first;
                happen({ type: 'frame' });
              }),
            ),
        };
        const alive = source.alive.subscribe(() => happen({ type: 'frame' }));
        running = defer(() => run(watched, session)).subscribe({
          next: (value) => subscriber.next(value),
          error: lose,
          complete: () => {
            if (isAnnouncedEnd(source.info, played)) happen({ type: 'ended' });
            else lose(new HeatboxError('SOURCE_LOST', 'the source has ended its stream'));
          },
        });
        running.add(alive);
        happen({ type: 'frame' });
      }, lose);
    }

    wake(options.openWithin);
    begin();
    return () => {
      // So that nothing wakes any more.
      standing = { ...standing };
      clearTimeout(timer);
      leave();
    };
  });
}

/** Cameras lock an address that fails too often, for minutes. */
const REFUSALS: ReadonlySet<string> = new Set(['SOURCE_UNAUTHORIZED', 'SOURCE_FORBIDDEN']);
const REFUSED_WAIT_MS = 5 * 60_000;

/** Hopeless: trying again is of no use, since the user must change something, or the network has failed. */
function prospects(error: unknown, everLive: boolean): { readonly hopeless: boolean; readonly leastWait: number } {
  if (!(error instanceof HeatboxError)) return { hopeless: true, leastWait: 0 };
  const { kind, code } = error;
  const hopeless = (kind === 'usage' && !everLive) || code.startsWith('ENGINE_');
  return { hopeless, leastWait: REFUSALS.has(code) ? REFUSED_WAIT_MS : 0 };
}

/** With what to do about it, where the source itself is at fault. */
function messageOf(error: unknown): string {
  const { message } = error as Error;
  if (!(error instanceof HeatboxError) || error.hint === undefined) return message;
  return /^(SOURCE|WEBCAM)_/.test(error.code) ? `${message}. ${error.hint}` : message;
}
