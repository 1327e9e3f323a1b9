import type { Recording } from './recording.ts';
import { soleSequence } from './sole-sequence.ts';

/**
 * MOTChallenge result file: `frame,id,left,top,width,height,score,-1,-1,-1` for each confirmed track of each frame.
 * Frames, ids and pixels count from 1, as the challenge has it (motchallenge.net/instructions).
 */
export async function* toMot(recording: Recording): AsyncGenerator<string> {
  for await (const { frame, tracks } of soleSequence(recording, 'MOTChallenge')) {
    for (const { id, score, box, state } of tracks) {
      if (state !== 'confirmed') continue;
      const [x0, y0, x1, y1] = box;
      const rectangle = [x0 + 1, y0 + 1, x1 - x0, y1 - y0].map(hundredths);
      yield `${[frame + 1, id, ...rectangle, score].join(',')},-1,-1,-1\n`;
    }
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
