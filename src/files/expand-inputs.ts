import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, isAbsolute, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { HeatboxError } from '../error.ts';
import { outputExtension } from './output-file.ts';

/** The inputs of a run of several. */
export interface Inputs {
  readonly files: readonly string[];
  /** The folder that they were asked for by. */
  readonly folder?: string;
}

/** What is taken of a folder; everything else that lies there is passed over. */
const MEDIA = /\.(mp4|m4v|mov|mkv|webm|avi|ts|mts|m2ts|mpe?g|wmv|flv|3gp|ogv|mxf|gif|jpe?g|png|webp|bmp|tiff?)$/i;
/** What heatbox itself has made of an input beside it. */
const MADE = /\.annotated\.\w+$/i;
const GLOB = /[*?[\]{}]/;
const URL_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Finds what a command line names: files and URLs as they are, folders with the videos and pictures that lie in them, and
 * globs that no shell has expanded. Of folders and globs, what heatbox has made before (`NAME.annotated.mp4`) is left out.
 *
 * @returns undefined if it is one input, which need not exist.
 * @throws HeatboxError `SOURCE_NOT_FOUND` if a folder or a glob holds nothing.
 */
export function expandInputs(given: readonly string[]): Inputs | undefined {
  const [only] = given;
  if (given.length === 1 && only !== undefined && !isFolder(only) && !isGlob(only)) return undefined;
  const files = given.flatMap((name) => {
    if (isFolder(name)) return found(name, mediaIn(name), 'has no video and no picture in it');
    if (!isGlob(name)) return [name];
    const matches = globSync(name, { absolute: isAbsolute(name), expandDirectories: false });
    return found(name, matches.filter(isOriginal).sort(byName), 'matches no file');
  });
  return { files: [...new Set(files)], ...(given.length === 1 && isFolder(only!) ? { folder: only! } : {}) };
}

/**
 * Names an output for each input, in a folder: after the input, with the extension of what is made of it. Two inputs that
 * would have the same keep their extensions in front of it.
 *
 * @throws HeatboxError `OUTPUT_SAME` if two still have the same.
 */
export function outputsIn(folder: string, files: readonly string[], extension?: string): string[] {
  const stem = (file: string) => basename(file, extname(file));
  const nameOf = (file: string) => `${stem(file)}${extension ?? outputExtension(file)}`;
  const counts = new Map<string, number>();
  for (const file of files) counts.set(nameOf(file), (counts.get(nameOf(file)) ?? 0) + 1);
  const names = files.map((file) =>
    counts.get(nameOf(file)) === 1 ? nameOf(file) : `${basename(file)}${extension ?? outputExtension(file)}`,
  );
  for (const [position, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first === position) continue;
    throw new HeatboxError('OUTPUT_SAME', `${files[first]} and ${files[position]} would both be written to ${name}`, {
      value: name,
      kind: 'usage',
      hint: 'Annotate the folders one after the other, each into one of its own.',
    });
  }
  return names.map((name) => join(folder, name));
}

function isFolder(name: string): boolean {
  return !URL_SCHEME.test(name) && statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A file may have such letters in its name. */
function isGlob(name: string): boolean {
  return GLOB.test(name) && !URL_SCHEME.test(name) && !existsSync(name);
}

function mediaIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) =>
        !entry.isDirectory() && !entry.name.startsWith('.') && MEDIA.test(entry.name) && isOriginal(entry.name),
    )
    .map(({ name }) => join(folder, name))
    .sort(byName);
}

function isOriginal(name: string): boolean {
  return !MADE.test(name);
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function found(name: string, files: string[], without: string): string[] {
  if (files.length > 0) return files;
  throw new HeatboxError('SOURCE_NOT_FOUND', `${name} ${without}`, {
    value: name,
    kind: 'usage',
    hint: 'Check the path. Folders inside of a folder are not looked into: name them, or give a glob such as "clips/**/*.mp4".',
  });
}
