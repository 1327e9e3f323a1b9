import type { HeatboxEvent } from '../../../src/protocol/events.ts';
import type { ShownFrame } from './decode/frames.ts';
import type { PlayerState } from './state.ts';
import type { Statistics } from './statistics.ts';

export interface PlayerOptions {
  readonly server: string;
  readonly stream: string;
  readonly token: string | undefined;
  /** Longest time that a frame waits for its boxes, milliseconds. */
  readonly maxDelayMs: number;
  /** The player closes the image of the frame before. */
  onShow(frame: ShownFrame): void;
  onState(state: PlayerState): void;
  onEvent(event: HeatboxEvent): void;
}

/** One stream, live: its video and its events brought together frame by frame. It draws nothing. */
export interface Player {
  /** Called with each refresh of the screen; shows a frame when the time of one has come. */
  refresh(now: number): void;
  pause(): void;
  /** Shows the frame behind the present one and stays there. */
  step(): void;
  /** Goes on with what is live now. */
  play(): void;
  /** Nobody looks: asks for nothing until `play`. */
  sleep(): void;
  readonly isPaused: boolean;
  readonly current: ShownFrame | undefined;
  maxDelayMs: number;
  readonly delayMs: number;
  /** Milliseconds to add to this machine's clock to get the server's, once they have been compared. */
  readonly clockOffset: number | undefined;
  statistics(now: number): Statistics;
  close(): void;
}
