import type { HostCommand, HostEvent } from '../protocol.ts';
import type { OpenLive } from './packets/live-input.ts';

/** The host's end of the line to the main process. */
export interface LivePort extends OpenLive {
  send(event: HostEvent): void;
  /** The next command, when it arrives. */
  next(): Promise<HostCommand>;
  /** Whether main takes what it is sent. */
  keepsUp(): boolean;
}
