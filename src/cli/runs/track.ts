import { writeFile } from 'node:fs/promises';
import { trackDetections } from '../../../pipelines/track-detections.ts';
import { HeatboxError } from '../../error.ts';
import { planOutput } from '../../files/output-file.ts';
import type { FlagsOf } from '../../options/commands.ts';
import type { Size } from '../../types.ts';
import { print } from '../terminal/print.ts';

export type TrackFlags = FlagsOf<'track'>;

/**
 * `heatbox track`: follows detections from a file.
 *
 * @throws HeatboxError `BAD_DETECTIONS`, `BAD_VALUE`, `OUTPUT_…`
 */
export async function runTrack({ detections, output, size, frameRate, live, force }: TrackFlags): Promise<void> {
  const target = output === undefined ? undefined : planOutput(output, detections, force ?? false);
  const text = await trackDetections({ detections, size: sizeOf(size), frameRate, live });
  if (target === undefined) {
    await print(text);
    return;
  }
  try {
    await writeFile(target.temporary, text);
    target.commit();
  } catch (error) {
    target.discard();
    throw error;
  }
}

function sizeOf(text: string | undefined): Size | undefined {
  if (text === undefined) return undefined;
  const [, width, height] = /^(\d+)[x×](\d+)$/.exec(text.trim()) ?? [];
  if (Number(width) > 0 && Number(height) > 0) return { width: Number(width), height: Number(height) };
  throw new HeatboxError('BAD_VALUE', `--size "${text}" is not WIDTHxHEIGHT`, { value: text, kind: 'usage' });
}
