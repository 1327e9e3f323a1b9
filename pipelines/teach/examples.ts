import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { HeatboxError } from '../../src/error.ts';
import { unreadable } from '../../src/files/read-text.ts';
import { NO_CLASS } from '../../src/model/teach/index.ts';

/** A picture or clip, and what it shows. */
export interface TeachFile {
  readonly path: string;
  /** `none` for what is none of the classes. */
  readonly className: string;
}

const IMAGES = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.gif']);
const CLIPS = new Set(['.mp4', '.mov', '.mkv', '.webm', '.avi', '.m4v', '.ts']);

export const isImage = (path: string) => IMAGES.has(extname(path).toLowerCase());
const isClip = (path: string) => CLIPS.has(extname(path).toLowerCase());

/**
 * Finds what a model is to be taught with: a folder with a folder per class, or files and folders of one class.
 *
 * @param name Of the only class, where there are no folders that name it.
 * @throws HeatboxError `FILE_UNREADABLE`, `NO_IMAGES`, `TEACH_DUPLICATE`, `TEACH_TWO_CLASSES`
 */
export async function teachFiles(paths: readonly string[], name: string, negatives?: string): Promise<TeachFile[]> {
  const found = (await Promise.all(paths.map((path) => filesAt(path, name)))).flat();
  const rest = negatives === undefined ? [] : (await filesAt(negatives, NO_CLASS)).map(({ path }) => path);
  const files = [...found, ...rest.map((path) => ({ path, className: NO_CLASS }))];
  if (!found.some(({ className }) => className !== NO_CLASS)) {
    throw new HeatboxError('NO_IMAGES', `${paths.join(', ')} has no pictures or clips of a class`, {
      value: paths,
      kind: 'usage',
      hint: 'Give a folder that has one folder of pictures per class. JPEG, PNG, WebP, AVIF, GIF and clips can be read.',
    });
  }
  await requireDistinct(files);
  return files;
}

async function filesAt(path: string, name: string): Promise<TeachFile[]> {
  const about = await stat(path).catch((cause: Error) => {
    throw unreadable(path, cause);
  });
  if (!about.isDirectory()) return [{ path, className: name }];
  const names = (await readdir(path)).filter((entry) => !entry.startsWith('.')).sort();
  // Links lead to pictures and folders, too.
  const entries = await Promise.all(
    names.map(async (entry) => ({ name: entry, about: await stat(join(path, entry)).catch(() => undefined) })),
  );
  const own = entries
    .filter(({ name: entry, about }) => about?.isFile() && (isImage(entry) || isClip(entry)))
    .map((entry) => ({ path: join(path, entry.name), className: name }));
  const below = entries.filter((entry) => entry.about?.isDirectory());
  const inner = await Promise.all(below.map((entry) => filesAt(join(path, entry.name), entry.name)));
  for (const [at, files] of inner.entries()) {
    if (files.length > 0) continue;
    throw new HeatboxError('NO_IMAGES', `the folder ${join(path, below[at]!.name)} has no pictures or clips`, {
      value: below[at]!.name,
      kind: 'usage',
      hint: 'Put pictures of the class into it, or remove it.',
    });
  }
  return [...own, ...inner.flat()];
}

/** A picture that is there twice would be learned and tested at once. */
async function requireDistinct(files: readonly TeachFile[]): Promise<void> {
  const seen = new Map<string, TeachFile>();
  for (const file of files) {
    const bytes = await readFile(file.path).catch((cause: Error) => {
      throw unreadable(file.path, cause);
    });
    const hash = createHash('sha256').update(bytes).digest('hex');
    const other = seen.get(hash);
    seen.set(hash, file);
    if (other === undefined) continue;
    const same = other.className === file.className;
    throw new HeatboxError(
      same ? 'TEACH_DUPLICATE' : 'TEACH_TWO_CLASSES',
      same
        ? `${file.path} and ${basename(other.path)} are the same picture`
        : `${file.path} is '${file.className}', but the same picture is '${other.className}' in ${other.path}`,
      {
        value: file.path,
        kind: 'usage',
        hint: same ? 'Remove one of them.' : 'Keep it in the folder of what it shows most.',
      },
    );
  }
}
