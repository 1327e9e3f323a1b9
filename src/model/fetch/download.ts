import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeatboxError } from '../../error.ts';
import { redact } from '../../text/redact.ts';
import { type Digest, hashFile } from '../files/digest.ts';
import { type HttpClient, httpClient } from './http-range.ts';
import { abandonPart, claimPart, removeParts } from './part-file.ts';

export interface DownloadOptions {
  readonly url: URL;
  /** The file's place once it is whole and right. */
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** Use no network: the file is there, or it is an error. */
  readonly offline?: boolean;
  /** Called with the bytes that are there, of `bytes`. */
  readonly onProgress?: (received: number) => void;
  /** Milliseconds without a byte until a connection is given up; 30 s where absent. */
  readonly stallMs?: number;
  /** Attempts without any progress until it is given up. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

/**
 * Fetches a file: goes on where an earlier download ended, tries again after broken and stalled connections, and puts
 * the file in its place only when its hash is right.
 *
 * @throws HeatboxError `FETCH_OFFLINE`, `FETCH_FAILED` when the network does not give it (what came is kept for the next
 * time), `FETCH_REFUSED` when the server will not, `FETCH_CORRUPT` when it gives another file, `FETCH_NO_SPACE`.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { url, path, digest, bytes, offline = false, stallMs = 30_000 } = options;
  await mkdir(dirname(path), { recursive: true });
  if (await isRight(path, digest)) return;
  if (offline) {
    throw new HeatboxError('FETCH_OFFLINE', `${redact(url.href)} would have to be fetched, but heatbox is offline`, {
      value: url.href,
      hint: `Fetch it on another machine and put it at ${path} (${digest.algorithm} ${digest.hex.slice(0, 16)}…).`,
      kind: 'usage',
    });
  }
  const client = httpClient(stallMs);
  const part = await claimPart(path);
  try {
    const resumed = (await sizeOf(part)) > 0;
    await complete(part, client, options);
    // What was there before may be the wrong bytes; a whole download of one piece may not.
    if (resumed && !(await isRight(part, digest))) {
      await rm(part);
      await complete(part, client, options);
    }
    if (!(await isRight(part, digest))) {
      const actual = await hashFile(part, digest.algorithm);
      await rm(part);
      throw new HeatboxError(
        'FETCH_CORRUPT',
        `${redact(url.href)} gave another file than the registry says: ${bytes} bytes of ${digest.algorithm} ${actual.slice(0, 16)}… instead of ${digest.hex.slice(0, 16)}…`,
        { value: actual, hint: 'A proxy or mirror may have changed it; try again, or over another network.' },
      );
    }
    await rename(part, path);
    await removeParts(path);
  } catch (error) {
    await abandonPart(part);
    throw error;
  } finally {
    await client.close();
  }
}

/** Downloads until the part has all its bytes. */
async function complete(part: string, client: HttpClient, options: DownloadOptions): Promise<void> {
  const { url, bytes, attempts = 5, signal } = options;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(part);
    if (before === bytes) return;
    try {
      await receive(part, before, client, options);
      if ((await sizeOf(part)) === bytes) return;
      throw new Error('the server ended the file early');
    } catch (cause) {
      const failure = told(cause);
      if (failure !== undefined) throw failure;
      signal?.throwIfAborted();
      failures = (await sizeOf(part)) > before ? 0 : failures + 1;
      if (failures >= attempts) throw givenUp(url, await sizeOf(part), bytes, cause);
      // Doubles, so that a server in trouble is not asked all the time.
      await sleep(Math.min(100 * 2 ** failures, 5000), undefined, { signal });
    }
  }
}

async function receive(
  part: string,
  before: number,
  client: HttpClient,
  { url, bytes, onProgress, signal }: DownloadOptions,
): Promise<void> {
  const answer = before > bytes ? undefined : await client.from(url, before, signal);
  if (answer === undefined) {
    // The part does not fit the file: begin again.
    await rm(part, { force: true });
    return;
  }
  const { start, body } = answer;
  const file = openSync(part, start === 0 ? 'w' : 'a');
  let received = start;
  try {
    // Written as it comes: an iterator or a pipeline would lose what is buffered when the connection breaks.
    await new Promise<void>((resolve, reject) => {
      body.on('data', (chunk: Buffer) => {
        received += chunk.length;
        try {
          if (received > bytes) throw tooLong(url, bytes);
          writeSync(file, chunk);
          onProgress?.(received);
        } catch (error) {
          body.destroy(error as Error);
        }
      });
      body.on('end', resolve).on('error', reject);
    });
  } catch (error) {
    if (received > bytes) ftruncateSync(file);
    throw error;
  } finally {
    closeSync(file);
  }
}

function tooLong(url: URL, bytes: number): HeatboxError {
  return new HeatboxError('FETCH_CORRUPT', `${redact(url.href)} gave more than the ${bytes} bytes the registry says`, {
    value: url.href,
    hint: 'A proxy or mirror may have changed it; try again, or over another network.',
  });
}

/** The failures that trying again does not help. */
function told(cause: unknown): HeatboxError | undefined {
  if (cause instanceof HeatboxError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new HeatboxError('FETCH_NO_SPACE', `there is no space left for the download: ${message}`, {
    hint: 'Make space, or set XDG_CACHE_HOME to a folder on another disk.',
    cause,
  });
}

function givenUp(url: URL, received: number, bytes: number, cause: unknown): HeatboxError {
  const reason = deepest(cause);
  return new HeatboxError(
    'FETCH_FAILED',
    `${redact(url.href)} could not be fetched, ${received} of ${bytes} bytes came: ${redact(reason)}`,
    {
      value: url.href,
      hint: 'The same command goes on from there. Behind a proxy, set HTTPS_PROXY.',
      cause,
    },
  );
}

/** "fetch failed" says nothing; what it was caused by does. */
function deepest(error: unknown): string {
  let inner = error as Error & { code?: string };
  while (inner.cause instanceof Error) inner = inner.cause;
  return inner.message || inner.code || inner.name;
}

async function isRight(path: string, { algorithm, hex }: Digest): Promise<boolean> {
  // Another process may take it away meanwhile.
  return (await hashFile(path, algorithm).catch(() => undefined)) === hex;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
