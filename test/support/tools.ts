import { execFileSync, spawnSync } from 'node:child_process';

/** Whether a command is on this machine. */
export function has(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).error === undefined;
}

/**
 * Prints why tests are skipped and returns true, for `skipIf`.
 *
 * @throws Error if `CI=true`: CI installs all that the tests need (`.ci/run`), so a skip there is a fault.
 */
export function skipped(reason: string): true {
  if (process.env.CI === 'true') throw new Error(`CI must not skip tests: ${reason}`);
  process.stderr.write(`skipped: ${reason}\n`);
  return true;
}

/** Returns what `skipIf` takes for tests that need a command. Throws as `skipped` does. */
export function missing(command: string, ...args: string[]): boolean {
  return !has(command, ...args) && skipped(`tests that need the command "${command}", which is not on this machine`);
}

export interface ProbedStream {
  readonly codec_name: string;
  readonly codec_type: string;
  readonly pix_fmt?: string;
  readonly width?: number;
  readonly height?: number;
  readonly time_base: string;
  readonly [key: string]: unknown;
}

/** The streams of a file, as Debian's ffprobe sees them. */
export function streamsOf(path: string): ProbedStream[] {
  return JSON.parse(run('ffprobe', '-v', 'error', '-show_streams', '-of', 'json', path)).streams;
}

/** The pts of every decoded video frame, in ticks of the stream's time base. */
export function framePts(path: string): number[] {
  const text = run(
    'ffprobe',
    '-v',
    'error',
    '-select_streams',
    'v:0',
    '-show_entries',
    'frame=pts',
    '-of',
    'csv=p=0',
    path,
  );
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Number.parseInt(line, 10));
}

/** A hash over the packets of a kind of stream, `a` or `s`, as they are stored. */
export function packetHash(path: string, kind: string): string {
  return run('ffmpeg', '-v', 'error', '-i', path, '-map', `0:${kind}`, '-c', 'copy', '-f', 'hash', '-').trim();
}

export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 27 });
}
