import type { Frame } from 'node-av/lib';
import type { HostEvent, StartOptions } from '../protocol.ts';
import { modelInputScaler } from '../sampling/model-input.ts';
import { picturesOf } from './frame-pool.ts';

/** Where main finds a frame's model input and its glimpse: in a slot of the shared pool, or in the message itself. */
type InputPlace = Pick<Extract<HostEvent, { type: 'frame' }>, 'slot' | 'input' | 'glimpse'>;

/** Makes model inputs where main can read them. */
interface ModelInputs {
  /** @returns undefined where no slot of the pool is free; nothing is made then. */
  write(frame: Frame, before: Frame | undefined): InputPlace | undefined;
  /** Takes a slot back that main no longer reads. */
  free(slot: number): void;
  close(): void;
}

/** With a pool they go into its slots, which only a thread shares with main; without one they go with the messages. */
export function modelInputs(options: StartOptions): ModelInputs {
  const { inputSize, pool, slots } = options;
  const scaler = modelInputScaler(inputSize);
  if (pool === undefined) {
    const made = (frame: Frame) => {
      const input = new Uint8Array(inputSize.width * inputSize.height * 3);
      scaler.write(frame, input);
      return input;
    };
    return {
      write: (frame, before) => ({ input: made(frame), glimpse: before && made(before) }),
      free: () => {},
      close: scaler.close,
    };
  }
  const targets = picturesOf(pool, options);
  const freeSlots = Array.from({ length: slots }, (_, slot) => slot);
  return {
    write(frame, before) {
      const slot = freeSlots.pop();
      if (slot === undefined) return undefined;
      scaler.write(frame, targets[slot]!);
      if (before !== undefined) scaler.write(before, targets[slots + slot]!);
      return { slot };
    },
    free: (slot) => void freeSlots.push(slot),
    close: scaler.close,
  };
}
