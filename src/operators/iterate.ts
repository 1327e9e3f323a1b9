import type { Observable, Subscription } from 'rxjs';

/** What is iterated over: opened once somebody asks for the first frame. */
export interface Iterated<Frame> {
  readonly frames: Observable<Frame>;
  /** Frees everything. Called once, at the end of the iteration. */
  close(): Promise<void>;
}

export interface IterateOptions<Frame, Value> {
  readonly open: () => Promise<Iterated<Frame>>;
  /** What the loop gets of a frame. */
  readonly describe: (frame: Frame) => Value;
  /** Ends the iteration with its reason as the error. */
  readonly signal?: AbortSignal;
}

interface Asker<Value> {
  resolve(result: IteratorResult<Value, undefined>): void;
  reject(error: unknown): void;
}

/**
 * Turns a stream of frames into an async iterable, for `for await`. A frame is held until the next one is asked for, so the
 * decoder waits for the loop. Leaving the loop in any way closes what was opened, and is over when that is closed. One
 * function, since its parts share who asks, what is ready and what is open.
 *
 * Rejects with what `open` rejects with, what the frames error with (after the frames before it), or the signal's reason.
 */
export function iterate<Frame extends { hold(): () => void }, Value>({
  open,
  describe,
  signal,
}: IterateOptions<Frame, Value>): AsyncIterableIterator<Value, undefined> {
  const ready: { readonly value: Value; readonly release: () => void }[] = [];
  const askers: Asker<Value>[] = [];
  /** Lift the holds of what the loop has. */
  const given: (() => void)[] = [];
  let over: { readonly error?: unknown } | undefined;
  let opening: Promise<Iterated<Frame>> | undefined;
  let closing: Promise<void> | undefined;
  let subscription: Subscription | undefined;

  function begin(): void {
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    opening = open();
    opening.then(({ frames }) => {
      if (closing !== undefined) return;
      subscription = frames.subscribe({ next: take, error: (error) => finish({ error }), complete: () => finish({}) });
    }, failToOpen);
  }

  function failToOpen(error: unknown): void {
    opening = undefined;
    finish({ error });
  }

  function take(frame: Frame): void {
    ready.push({ value: describe(frame), release: frame.hold() });
    serve();
  }

  function finish(how: { readonly error?: unknown }): void {
    over ??= how;
    serve();
  }

  /** Ends at once, also while the loop is busy with a frame. */
  function abort(): void {
    void close().catch(() => {});
    finish({ error: signal?.reason });
  }

  function serve(): void {
    while (askers.length > 0 && ready.length > 0) {
      const { value, release } = ready.shift()!;
      given.push(release);
      askers.shift()!.resolve({ done: false, value });
    }
    if (over !== undefined && askers.length > 0) void leave(over);
  }

  /** Those who ask hear of the end once everything is closed: the first of an error, the others that it is over. */
  async function leave(how: { readonly error?: unknown }): Promise<void> {
    over = {};
    const told = askers.splice(0);
    const failed = 'error' in how ? told.shift() : undefined;
    // What fails while it is closed is of no use to a loop that knows why it ended.
    await close().catch(() => {});
    failed?.reject(how.error);
    for (const asker of told) asker.resolve({ done: true, value: undefined });
  }

  function close(): Promise<void> {
    closing ??= closeAll();
    return closing;
  }

  async function closeAll(): Promise<void> {
    signal?.removeEventListener('abort', abort);
    subscription?.unsubscribe();
    for (const release of [...given.splice(0), ...ready.splice(0).map(({ release }) => release)]) release();
    const opened = await opening?.catch(() => undefined);
    await opened?.close();
  }

  const iterator: AsyncIterableIterator<Value, undefined> = {
    next: () =>
      new Promise((resolve, reject) => {
        for (const release of given.splice(0)) release();
        askers.push({ resolve, reject });
        if (opening === undefined && over === undefined) begin();
        serve();
      }),
    async return() {
      over = {};
      await Promise.all([leave({}), close()]);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
