import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The repository. */
export const root = join(import.meta.dirname, '../..');

/** 320×240, 36 frames. */
export const shortSample = join(root, 'samples/realshort.mp4');

/** 1280×720, 280 frames. */
export const longSample = join(root, 'samples/cockatoo.mp4');

const program = join(root, 'dist/src/cli/main.js');

export interface Outcome {
  /** As a shell sees it: 128 and the signal's number where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stderr. */
  readonly lines: readonly string[];
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  heard(): string;
  readonly outcome: Promise<Outcome>;
}

/** Starts `heatbox` as a user would. */
export function start(args: readonly string[], options: SpawnOptions = {}): Running {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`);
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const read = (stream: NodeJS.ReadableStream | null) => (stream === null ? '' : text(stream));
  let heard = '';
  child.stderr?.on('data', (chunk) => {
    heard += chunk;
  });
  const outcome = Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code, signal]]) => ({
      code: (code as number | null) ?? 128 + signalNumber(signal),
      stdout,
      stderr,
      lines: stderr.split('\n').slice(0, -1),
    }),
  );
  return { child, outcome, heard: () => heard };
}

/** Runs `heatbox` to its end. */
export function heatbox(args: readonly string[], options?: SpawnOptions): Promise<Outcome> {
  return start(args, options).outcome;
}

/** An empty folder that is gone after the test file. */
export function scratch(): { readonly dir: string; path(name: string): string; files(): string[]; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'heatbox-test-'));
  return {
    dir,
    path: (name) => join(dir, name),
    files: () => readdirSync(dir).sort(),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Runs a command such as ffmpeg. @returns its stdout. @throws where it fails. */
export async function command(name: string, ...args: string[]): Promise<string> {
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Frames of a file's video as ffprobe decodes them. */
export async function decodedFrames(path: string): Promise<number> {
  const counted = await command(
    'ffprobe',
    ...['-v', 'error', '-count_frames', '-select_streams', 'v:0'],
    ...['-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', path],
  );
  return Number.parseInt(counted, 10);
}

function signalNumber(signal: unknown): number {
  return { SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 }[String(signal)] ?? 0;
}
