import { defer, map, type OperatorFunction } from 'rxjs';
import type { SourceFrame } from '../media/source.ts';
import { type Pair, recentPictures } from '../motion/recent.ts';
import { clock, type Note } from '../threads/notes.ts';

export interface PairedFrame extends SourceFrame {
  /** Its picture and one of the moment before, for what moves; absent where the frame has no input. */
  readonly pair?: Pair;
}

/** Keeps the pictures of the last moments, and gives each frame with an input the one before that motion is told by. */
export function pairPictures(note?: Note): OperatorFunction<SourceFrame, PairedFrame> {
  return (source) =>
    defer(() => {
      const pairUp = recentPictures();
      return source.pipe(
        map((frame) => {
          const began = clock();
          if (frame.glimpse) pairUp(frame.glimpse, frame.glimpse.pts);
          const pair = frame.input && pairUp(frame.input, frame.pts);
          note?.('picture', began, frame.ptsUs);
          return pair === undefined ? frame : { ...frame, pair };
        }),
      );
    });
}
