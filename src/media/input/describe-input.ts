import { AV_LOG_INFO } from 'node-av/constants';
import { type FormatContext, Log } from 'node-av/lib';
import { descriptionMark } from '../frames/ffmpeg-log.ts';

/** After this long another thread's lock is taken for left behind. */
const PATIENCE_MS = 1000;

/**
 * Writes FFmpeg's own description of an opened input, as `ffmpeg -i` prints it, into the log, where the thread that opened
 * the source reads it.
 *
 * @param id - Of the source.
 * @param lock - One number shared by all media threads of the process, so that no two describe at once.
 */
export function describeInput(format: FormatContext, id: number, lock: Int32Array): void {
  const end = Date.now() + PATIENCE_MS;
  while (Atomics.compareExchange(lock, 0, 0, 1) !== 0 && Date.now() < end) Atomics.wait(lock, 0, 1, PATIENCE_MS);
  try {
    Log.log(AV_LOG_INFO, descriptionMark(id, 'begin'));
    format.dumpFormat(0, '', false);
    Log.log(AV_LOG_INFO, descriptionMark(id, 'end'));
  } finally {
    Atomics.store(lock, 0, 0);
    Atomics.notify(lock, 0);
  }
}
