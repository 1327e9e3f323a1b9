import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { HeatboxError } from '../error.ts';
import type { ErrorCode } from '../error-codes.ts';
import { encodeCredentials } from '../text/url-credentials.ts';
import { completeCommits, type Pending } from './commit-together.ts';

/** A file that appears under its name only when it is whole. */
export interface OutputFile extends Pending {
  /** As the user named it. */
  readonly path: string;
  /** Beside the target, to be written. */
  readonly temporary: string;
  /** Puts the finished file in its place, over an old one where that was wished. @throws HeatboxError `OUTPUT_EXISTS`, `OUTPUT_WRITE` */
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
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
};

/** What holds one picture: of `CONTAINERS`, and of what FFmpeg reads. */
const PICTURES = /\.(jpe?g|png)$/i;
const READABLE_PICTURES = /\.(jpe?g|png|webp|bmp|tiff?|ppm|pgm|jp2|jxl|avif|tga)$/i;

/** Whether a path's name is that of a single picture. */
export function isPictureName(path: string): boolean {
  return READABLE_PICTURES.test(path) && !/%0?\d*d/.test(path);
}

/**
 * `<name>.annotated.mp4` beside the input; for a URL in the current folder, for an image sequence named after its pattern. A
 * picture makes a picture: JPEG of JPEG, else PNG.
 */
export function defaultOutput(input: string): string {
  const remote = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\/[^?#]*)?/i.exec(encodeCredentials(input));
  const name = remote ? titleOf(remote[1] ?? '') : basename(input);
  const stem = name.slice(0, name.length - extname(name).length);
  const plain = existsSync(input) ? stem : stem.replace(/[-_.]?%0?\d*d/, '') || 'sequence';
  return join(remote ? '.' : dirname(input), `${plain}.annotated${outputExtension(input)}`);
}

/** With its dot: what is made of an input of this name by default. */
export function outputExtension(input: string): string {
  if (!isPictureName(input)) return '.mp4';
  return PICTURES.test(input) ? extname(input).toLowerCase() : '.png';
}

/** The last part of a URL's path, unless there may be credentials in it. */
function titleOf(path: string): string {
  const name = /[=;]|%3[bd]/i.test(path) ? '' : basename(path);
  return name || 'video';
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
 * @throws HeatboxError `OUTPUT_IS_INPUT`, `OUTPUT_EXISTS`, `OUTPUT_FOLDER_MISSING`, `OUTPUT_NO_PERMISSION`,
 * `OUTPUT_IS_FOLDER`, `OUTPUT_NOT_FILE`, `OUTPUT_PATH`
 */
export function planOutput(path: string, input: string, force: boolean): OutputFile {
  const fail = (code: ErrorCode, message: string, hint: string, cause?: unknown) =>
    new HeatboxError(code, message, { value: path, kind: 'usage', hint, cause });
  const folder = dirname(resolve(path));
  if (!statOf(folder)?.isDirectory())
    throw fail('OUTPUT_FOLDER_MISSING', `the output folder does not exist: ${folder}`, 'Make it, or choose another.');
  completeCommits(folder);
  const existing = statOf(path);
  if (existing?.isDirectory()) throw fail('OUTPUT_IS_FOLDER', `the output is a folder: ${path}`, 'Give a file name.');
  // Renaming a file over a device would replace the device.
  if (existing !== undefined && !existing.isFile())
    throw fail('OUTPUT_NOT_FILE', `the output is not a regular file: ${path}`, 'Give the name of a file.');
  if (existing !== undefined && isSameFile(existing, inputStat(input)))
    throw fail('OUTPUT_IS_INPUT', `the output is the input: ${path}`, 'Give the output another name.');
  if (existing === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw fail('OUTPUT_PATH', `the output is a link to a file that does not exist: ${path}`, 'Give another name.');
  if (existing !== undefined && !force)
    throw fail('OUTPUT_EXISTS', `the output exists: ${path}`, 'Add --force to replace it, or give another name.');
  // A link stays a link: what it points to is replaced.
  const target = existing === undefined ? resolve(path) : realpathSync(path);
  try {
    accessSync(dirname(target), constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw fail('OUTPUT_NO_PERMISSION', `no permission to write in ${dirname(target)}`, 'Choose another folder.', cause);
  }
  const temporary = join(dirname(target), `.heatbox-${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  return {
    path,
    temporary,
    target,
    force,
    commit() {
      try {
        if (force) renameSync(temporary, target);
        else putWhereNothingIs(temporary, target);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(path, cause);
        throw fail('OUTPUT_EXISTS', `the output exists by now: ${path}`, 'Add --force to replace it.', cause);
      }
    },
    discard: () => rmSync(temporary, { force: true }),
  };

  /** Undefined where there is nothing of that name. */
  function statOf(name: string): Stats | undefined {
    try {
      return statSync(name, { throwIfNoEntry: false });
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOTDIR') return undefined;
      throw code === 'EACCES'
        ? fail('OUTPUT_NO_PERMISSION', `no permission to look into ${dirname(name)}`, 'Choose another folder.', cause)
        : fail('OUTPUT_PATH', `${path} cannot be an output: ${code}`, 'Give another name.', cause);
    }
  }
}

/** @throws `EEXIST` where a file has come to be there in the meantime. */
function putWhereNothingIs(temporary: string, target: string): void {
  try {
    linkSync(temporary, target);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // Of a file system without links.
    if (code === 'EEXIST' || !existsSync(temporary) || existsSync(target)) throw cause;
    renameSync(temporary, target);
    return;
  }
  rmSync(temporary, { force: true });
}

/** What a failed write of `path` is reported as. */
export function writeError(path: string, cause: unknown): HeatboxError {
  const { code } = cause as NodeJS.ErrnoException;
  const hint =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Free some space, or choose another folder.'
      : 'Check the folder and its permissions.';
  const message = `could not write ${path}: ${(cause as Error).message}`;
  return new HeatboxError('OUTPUT_WRITE', message, { value: path, cause, hint });
}

function inputStat(input: string): Stats | undefined {
  try {
    return statSync(input, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Also under two names: links, another spelling on a file system that does not mind the case. */
function isSameFile(a: Stats, b: Stats | undefined): boolean {
  return b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
