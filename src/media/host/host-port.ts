import type { FormatContext } from 'node-av/lib';
import type { HostCommand, HostEvent } from '../protocol.ts';

/** The host's end of the line to the main thread. */
export interface HostPort {
  send(event: HostEvent): void;
  /** The next command, if one has arrived. */
  poll(): HostCommand | undefined;
  /** The next command, when it arrives. */
  next(): Promise<HostCommand>;
  /** @returns the pieces of FFmpeg's description of an input, or undefined when main has called it all off. */
  describe(input: FormatContext): Promise<readonly string[] | undefined>;
}
