const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Hears SIGINT, SIGTERM and SIGHUP (a closed terminal): the first asks for an orderly end, the second for an end at once. @returns what stops it. */
export function onSignals(first: () => void, second: () => void): () => void {
  let seen = 0;
  const handler = () => (seen++ === 0 ? first() : second());
  for (const signal of SIGNALS) process.on(signal, handler);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handler);
  };
}

/** All that is to be ended gets this long from the first signal on, milliseconds. */
const ENDING_MS = 2500;

/** Resolves on SIGINT or SIGTERM. What is not ended then within 2.5 s is ended by force, as by a second signal. */
export function stopped(): Promise<void> {
  return new Promise((resolve) => {
    onSignals(() => {
      setTimeout(dieInterrupted, ENDING_MS).unref();
      resolve();
    }, dieInterrupted);
  });
}

/**
 * Ends the process as SIGINT does by default, which a shell sees as exit code 130. `process.exit` would wait for the
 * threads, and one within a long call of FFmpeg or of the network does not come back soon.
 */
export function dieInterrupted(): void {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
}
