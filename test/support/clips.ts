import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root.ts';
import { command } from './command.ts';

const folder = join(tmpdir(), 'heatbox-clips');

/** The samples: 320×240, 36 frames, AAC; and 1280×720 4:4:4, 280 frames, MP3. */
export const SHORT = join(packageRoot(), 'samples', 'realshort.mp4');
export const COCKATOO = join(packageRoot(), 'samples', 'cockatoo.mp4');

/**
 * A clip made by the ffmpeg command, once: it is kept under the system's temporary folder by what made it.
 *
 * @param name - Of the file, with its extension.
 * @param args - All but the output.
 * @param change - What is done to the finished file at the end.
 * @param variant - Tells apart what `change` does.
 */
export async function clip(
  name: string,
  args: readonly string[],
  change?: (path: string) => void,
  variant = '',
): Promise<string> {
  const recipe = createHash('sha256')
    .update(JSON.stringify([name, args, change?.toString(), variant]))
    .digest('hex')
    .slice(0, 12);
  const place = join(folder, recipe);
  const path = join(place, name);
  if (existsSync(place)) return path;
  const unfinished = join(folder, `${recipe}.${process.pid}.${Math.random()}`);
  mkdirSync(unfinished, { recursive: true });
  try {
    await command('ffmpeg', '-v', 'error', '-nostdin', '-threads', '2', ...args, join(unfinished, name));
    change?.(join(unfinished, name));
    if (!existsSync(place)) renameSync(unfinished, place);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return path;
}

/** Clips of one container that are played one after another, as a recorder joins them: byte to byte. */
export async function joined(name: string, parts: readonly (readonly string[])[]): Promise<string> {
  const paths = await Promise.all(parts.map((args) => clip(name, args)));
  const recipe = createHash('sha256').update(paths.join()).digest('hex').slice(0, 12);
  const place = join(folder, recipe);
  const path = join(place, name);
  mkdirSync(place, { recursive: true });
  writeFileSync(path, Buffer.concat(paths.map((part) => readFileSync(part))));
  return path;
}
