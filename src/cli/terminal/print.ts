import { HeatboxError } from '../../error.ts';
import { openLineSink } from '../../files/line-sink.ts';

/**
 * Writes a command's result to stdout, all of it. Where nobody reads on, as with `| head`, that is no failure.
 *
 * @throws HeatboxError `OUTPUT_WRITE`, as on a full disk.
 */
export async function print(text: string): Promise<void> {
  try {
    await openLineSink('-', '', false).write(text);
  } catch (error) {
    if (!(error instanceof HeatboxError && error.code === 'OUTPUT_CLOSED')) throw error;
  }
}
