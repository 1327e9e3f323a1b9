import { closeSync, openSync, statSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { HeatboxError } from '../error.ts';
import { visibleLines } from '../text/visible.ts';
import { commitTogether, type Pending } from './commit-together.ts';
import { planOutput, writeError } from './output-file.ts';

/** Where the lines of a run go. */
export interface LineSink {
  /** @returns a promise where a slow reader is to be waited for before the next call. */
  write(text: string): Promise<void> | undefined;
  /** Puts a file in its place. @param others - Files that appear with it, or not at all. */
  commit(...others: readonly Pending[]): void;
  /** Removes what was written; an old file stays as it was. */
  discard(): void;
}

const STDOUT = 1;
const BUFFER = 64 * 1024;
const RETRY_MS = 5;
const writeSome = promisify(write);

/**
 * @param path - A file, which appears when it is complete; `-` for stdout. A pipe or a device is written to at once.
 * @param input - The source, which must not be the file.
 * @throws HeatboxError `OUTPUT_…` where the file cannot be written, `OUTPUT_CLOSED` where the reader of a pipe has gone.
 */
export function openLineSink(path: string, input: string, force: boolean): LineSink {
  return isStream(path) ? streamSink(path) : openFileSink(path, input, force);
}

function isStream(path: string): boolean {
  if (path === '-') return true;
  try {
    const stat = statSync(path);
    return stat.isFIFO() || stat.isCharacterDevice();
  } catch {
    return false;
  }
}

/** A regular file: buffered, and under its name when it is complete. @throws HeatboxError `OUTPUT_…` */
export function openFileSink(path: string, input: string, force: boolean): LineSink {
  const target = planOutput(path, input, force);
  const descriptor = guarded(path, () => openSync(target.temporary, 'wx'));
  let buffered = '';
  let open = true;

  function flush(): void {
    const bytes = Buffer.from(buffered);
    buffered = '';
    guarded(path, () => {
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(descriptor, bytes, offset);
    });
  }

  function close(): void {
    if (!open) return;
    open = false;
    guarded(path, () => closeSync(descriptor));
  }

  return {
    write(text) {
      buffered += text;
      if (buffered.length >= BUFFER) flush();
      return undefined;
    },
    commit(...others) {
      flush();
      close();
      commitTogether([...others, target]);
    },
    discard() {
      try {
        close();
      } finally {
        target.discard();
      }
    },
  };
}

/** Stdout, a pipe or a device: line by line, and waiting for a slow reader without blocking this thread. */
function streamSink(path: string): LineSink {
  const toStdout = path === '-';
  const name = toStdout ? 'stdout' : path;
  const descriptor = toStdout ? STDOUT : guarded(name, () => openSync(path, 'w'));

  async function writeAll(bytes: Buffer): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      try {
        offset += (await writeSome(descriptor, bytes, offset)).bytesWritten;
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code === 'EAGAIN') await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        else if (code === 'EPIPE') throw readerGone(name, cause);
        else throw writeError(name, cause);
      }
    }
  }

  let open = !toStdout;

  function close(): void {
    if (open) closeSync(descriptor);
    open = false;
  }

  // What is written may be shown on a terminal; in JSON the escapes are the same data.
  const encode = (text: string) => Buffer.from(toStdout ? visibleLines(text) : text);
  return { write: (text) => writeAll(encode(text)), commit, discard: close };

  function commit(...others: readonly Pending[]): void {
    close();
    commitTogether(others);
  }
}

function guarded<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw writeError(name, cause);
  }
}

function readerGone(name: string, cause: unknown): HeatboxError {
  return new HeatboxError('OUTPUT_CLOSED', `the reader of ${name} has gone`, {
    value: name,
    cause,
    hint: 'Let it read to the end, or write to a file.',
  });
}
