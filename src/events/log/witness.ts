import { type FileHandle, open, unlink } from 'node:fs/promises';

/**
 * What a run says of its numbers. `whole`: the lines up to `seq` are on disk, and nothing above was given out. `given`:
 * anything up to `seq` may have been given out, and lines may be missing.
 */
export interface Testimony {
  readonly kind: 'whole' | 'given';
  readonly seq: number;
  /** The run that says so. */
  readonly run: string;
}

/**
 * A small file beside the segments that says, after each write, how far the log has come. It is overwritten in place
 * through a handle that stays open: that works on a full disk, and in a folder that was moved away.
 */
export interface Witness {
  /** @throws the system's error if the disk does not take it. */
  say(testimony: Testimony): Promise<void>;
  /** Removes it, so that it proves nothing. @throws the system's error. */
  retract(): Promise<void>;
  close(): Promise<void>;
}

const RECORD = /^(whole|given) (\d{16}) ([\w-]+) (\d+) *\n$/;
const BYTES = 96;

/** What a witness said last; undefined if it is missing, damaged, or a copy, which may be older than the original. */
export async function readWitness(path: string): Promise<Testimony | undefined> {
  const handle = await open(path, 'r').catch(() => undefined);
  try {
    const text = await handle?.readFile('latin1');
    const [, kind, seq, run, ino] = RECORD.exec(text ?? '') ?? [];
    if (!kind || !run || Number(ino) !== (await handle?.stat())?.ino) return undefined;
    return { kind: kind as Testimony['kind'], seq: Number(seq), run };
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}

/** Opens the witness for saying something; what it said before stays until then. */
export function openWitness(path: string): Witness {
  let handle: FileHandle | undefined;
  return {
    async say({ kind, seq, run }) {
      handle ??= await open(path, 'r+').catch(() => open(path, 'wx+'));
      const { ino } = await handle.stat();
      const record = `${kind} ${String(seq).padStart(16, '0')} ${run} ${ino}`.padEnd(BYTES - 1);
      await handle.write(`${record}\n`, 0, 'latin1');
      if (kind === 'given') await handle.datasync();
    },
    async retract() {
      await unlink(path);
      await close();
    },
    close,
  };

  async function close(): Promise<void> {
    await handle?.close().catch(() => undefined);
    handle = undefined;
  }
}
