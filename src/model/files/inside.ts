import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { HeatboxError } from '../../error.ts';

/** No file of a model is larger than what protocol buffers can hold. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * The real path of a file that a model names: links are resolved, and must lead to a regular file in the model's folder.
 * A model may come from anybody, and what it names must not reach the user's other files, or a pipe that never ends.
 *
 * @param folder - as the user named it; it may be a link itself.
 * @param name - of the file, relative to the folder.
 * @throws HeatboxError `MODEL_DAMAGED` for what leads out or is no regular file; the system's error where there is none.
 */
export async function pathInside(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const [root, real] = await Promise.all([realpath(folder), realpath(path)]);
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw refused(path, `leads to ${real}, outside of the model's folder`, 'Copy the file into the folder.');
  }
  await requireFile(real);
  return real;
}

/** Reads what `pathInside` finds. @throws what it throws, and `MODEL_DAMAGED` for a file of more than 2 GiB. */
export async function readInside(folder: string, name: string, most = MOST_BYTES): Promise<Buffer> {
  return readRegular(await pathInside(folder, name), most);
}

/**
 * Reads a regular file, never a pipe or a device, which may not end.
 *
 * @throws HeatboxError `MODEL_DAMAGED` for another kind of file, or one of more than `most` bytes.
 */
export async function readRegular(path: string, most = MOST_BYTES): Promise<Buffer> {
  // Without a wait for the other end, should a pipe have taken the file's place.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await requireFile(path, handle);
    const { size } = await handle.stat();
    if (size > most) throw refused(path, `has ${size} bytes; ${most} are the most`, 'Check that it is the right file.');
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function requireFile(path: string, handle?: FileHandle): Promise<void> {
  const found = await (handle?.stat() ?? stat(path));
  if (!found.isFile()) throw refused(path, 'is not a regular file', 'Put the file itself there.');
}

function refused(path: string, reason: string, hint: string): HeatboxError {
  return new HeatboxError('MODEL_DAMAGED', `${path} ${reason}`, { hint, value: path, kind: 'usage' });
}
