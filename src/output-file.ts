import { accessSync, constants, existsSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { HeatboxError } from './error.ts';

/** A file that appears under its name only when it is whole. */
export interface OutputFile {
  readonly path: string;
  /** Beside the target, to be written. */
  readonly temporary: string;
  /** Puts the finished file in its place, over an old one. */
  commit(): void;
  /** Removes what was written; an old file stays as it was. */
  discard(): void;
}

/** FFmpeg's names of the containers, by file extension. */
const CONTAINERS: Readonly<Record<string, string>> = {
  '.mp4': 'mp4',
  '.m4v': 'mp4',
  '.mov': 'mov',
  '.mkv': 'matroska',
  '.webm': 'webm',
};

/** `<name>.annotated.mp4` beside the input; for URLs and image sequences in the current folder and named after them. */
export function defaultOutput(input: string): string {
  const remote = /^[a-z]+:\/\//i.test(input);
  const name = remote ? basename(new URL(input).pathname) || 'video' : basename(input);
  const stem = name.slice(0, name.length - extname(name).length).replace(/[-_.]?%0?\d*d/, '') || 'sequence';
  return join(remote ? '.' : dirname(input), `${stem}.annotated.mp4`);
}

/**
 * @returns FFmpeg's name of the container that the path's extension asks for.
 * @throws HeatboxError `OUTPUT_EXTENSION`
 */
export function containerOf(path: string): string {
  const container = CONTAINERS[extname(path).toLowerCase()];
  if (container !== undefined) return container;
  throw new HeatboxError('OUTPUT_EXTENSION', `cannot tell the container of the output ${path}`, {
    value: path,
    kind: 'usage',
    hint: `End its name in ${Object.keys(CONTAINERS).join(', ')}.`,
  });
}

/**
 * Checks a target before any work is done.
 *
 * @param force - Whether an existing file may be replaced.
 * @throws HeatboxError `OUTPUT_IS_INPUT`, `OUTPUT_EXISTS`, `OUTPUT_FOLDER_MISSING`, `OUTPUT_NO_PERMISSION`, `OUTPUT_IS_FOLDER`
 */
export function planOutput(path: string, input: string, force: boolean): OutputFile {
  const folder = dirname(resolve(path));
  const fail = (code: string, message: string, hint: string, cause?: unknown) =>
    new HeatboxError(code, message, { value: path, kind: 'usage', hint, cause });
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw fail(
      'OUTPUT_FOLDER_MISSING',
      `the output folder does not exist: ${folder}`,
      'Make it first, or choose another with -o.',
    );
  if (existsSync(path)) {
    if (statSync(path).isDirectory())
      throw fail('OUTPUT_IS_FOLDER', `the output is a folder: ${path}`, 'Give a file name.');
    if (existsSync(input) && realpathSync(path) === realpathSync(input))
      throw fail('OUTPUT_IS_INPUT', `the output is the input: ${path}`, 'Choose another name with -o.');
    if (!force)
      throw fail(
        'OUTPUT_EXISTS',
        `the output exists: ${path}`,
        'Add --force to replace it, or choose another name with -o.',
      );
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw fail('OUTPUT_NO_PERMISSION', `no permission to write in ${folder}`, 'Choose another folder with -o.', cause);
  }
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`);
  return {
    path,
    temporary,
    commit: () => renameSync(temporary, path),
    discard: () => rmSync(temporary, { force: true }),
  };
}
