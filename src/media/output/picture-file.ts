import { statSync, writeFileSync } from 'node:fs';
import { HeatboxError } from '../../error.ts';
import type { OutputOptions } from '../protocol.ts';
import type { Muxer } from './muxer.ts';

/** Whether a container, by the name that `containerOf` gives it, is a single picture. */
export function isPictureFormat(format: string): boolean {
  return format === 'jpeg' || format === 'png';
}

/** A file of one picture, as its encoder makes it: sound and all else that may be in the source is left behind. */
export function openPictureFile({ path }: OutputOptions): Muxer {
  let written = false;
  return {
    writeVideo({ data }) {
      if (written) throw severalFrames();
      written = true;
      try {
        writeFileSync(path, data!);
      } catch (cause) {
        throw new HeatboxError('OUTPUT_WRITE', `could not write ${path}: ${(cause as Error).message}`, {
          cause,
          hint: 'Check the free space and the permissions of the output folder.',
        });
      }
    },
    carry() {},
    finish: () => statSync(path).size,
    abandon() {},
  };
}

function severalFrames(): HeatboxError {
  return new HeatboxError('OUTPUT_EXTENSION', 'the output is one picture, and the source has more frames', {
    kind: 'usage',
    hint: 'End its name in .mp4, or take one frame: --start 5 --duration 0.04.',
  });
}
