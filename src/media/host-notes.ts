import { watchGarbage } from '../threads/garbage.ts';
import { noteTo, type Slice } from '../threads/notes.ts';
import { microseconds, type Ratio } from './frames/av.ts';
import type { HostEvent } from './protocol.ts';

/** As `Note`, of a frame by its ticks of the video's time base. */
export type NoteTicks = (stage: string, began: number, ticks?: bigint) => void;

/** What a media host notes of what it does. */
interface HostNotes {
  readonly note: NoteTicks;
  /** Sends what is still here. */
  flush(): void;
  close(): void;
}

const BATCH = 64;

export function hostNotes(send: (event: HostEvent) => void, timeBase: Ratio): HostNotes {
  let slices: Slice[] = [];
  const note = noteTo(add);
  const close = watchGarbage(add);

  function add(slice: Slice): void {
    slices.push(slice);
    // Not before the frame itself has been sent.
    if (slices.length === BATCH) queueMicrotask(flush);
  }

  function flush(): void {
    if (slices.length > 0) send({ type: 'slices', slices });
    slices = [];
  }

  return {
    note(stage, began, ticks) {
      if (ticks === undefined) note(stage, began);
      else note(stage, began, microseconds(ticks, timeBase));
    },
    flush,
    close,
  };
}
