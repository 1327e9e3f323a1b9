import type { Overlay } from '../../overlay/index.ts';
import { clock } from '../../threads/notes.ts';
import type { Size } from '../../types.ts';
import { framesUnderWay } from '../delivery/frames-under-way.ts';
import type { Ratio } from '../frames/av.ts';
import type { NoteTicks } from '../host-notes.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import type { HostCommand, HostEvent, StartOptions } from '../protocol.ts';
import type { ChosenFrame } from '../sampling/choose-frames.ts';

/** The host's end of the line to the main thread. */
export interface CommandPort {
  send(event: HostEvent): void;
  /** The next command, if one has arrived. */
  poll(): HostCommand | undefined;
  /** The next command, when it arrives. */
  next(): Promise<HostCommand>;
}

interface FileDelivery {
  /** The next frame, or null at the end. */
  readonly next: () => ChosenFrame | null;
  readonly timeBase: Ratio;
  readonly display: Size;
  /** Draws, encodes and frees, where there is an output. */
  readonly annotate: ((timed: TimedFrame, overlay: Overlay) => void) | undefined;
  readonly note: NoteTicks | undefined;
}

/**
 * Decodes ahead of main by at most `credits` frames and obeys its commands in between.
 *
 * @returns the number of frames delivered once main has called for the finish, or undefined where it has called it off.
 */
export async function deliverFile(
  port: CommandPort,
  options: StartOptions,
  { next, timeBase, display, annotate, note }: FileDelivery,
): Promise<number | undefined> {
  const frames = framesUnderWay({ ...options, timeBase, send: port.send, note });
  let ended = false;

  function end(): void {
    if (!ended) port.send({ type: 'ended' });
    ended = true;
  }

  function step(): void {
    const began = clock();
    const timed = next();
    if (timed === null) {
      end();
      return;
    }
    note?.('decode', began, timed.ticks);
    frames.announce(timed, { display });
  }

  /** @returns false when there is nothing more to do. */
  function obey(command: HostCommand): boolean {
    switch (command.type) {
      case 'annotate': {
        const timed = frames.giveBack(command.index);
        if (timed !== undefined) annotate?.(timed, command.overlay);
        return true;
      }
      case 'release':
        frames.giveBack(command.index)?.frame.free();
        return true;
      case 'crop':
        frames.crop(command);
        return true;
      case 'stop':
        end();
        return true;
      default:
        return false;
    }
  }

  try {
    for (;;) {
      // Lets arrived commands in.
      await new Promise((resolve) => setImmediate(resolve));
      const idle = ended || frames.isFull;
      const began = clock();
      const first = idle ? await port.next() : port.poll();
      if (idle) note?.(ended ? 'wait for boxes' : 'wait for credit', began);
      for (let command = first; command !== undefined; command = port.poll()) {
        if (!obey(command)) return command.type === 'finish' ? frames.announced : undefined;
        // The encoder's own threads go on while the next frame is decoded.
        if (command.type === 'annotate') break;
      }
      if (!ended && !frames.isFull) step();
    }
  } finally {
    frames.close();
  }
}
