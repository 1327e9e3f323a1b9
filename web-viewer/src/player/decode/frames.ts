import type { EventOf } from '../../../../src/protocol/events.ts';
import type { ConfigMessage } from '../../../../src/protocol/video-messages.ts';
import type { HeldMap } from '../frame-maps.ts';

/** A coded picture on its way to the decoder. */
export interface CodedFrame {
  readonly config: ConfigMessage;
  readonly ptsUs: number;
  readonly key: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
  /** When the server got it, on the server's clock, milliseconds. */
  readonly receivedMs: number;
  /** When it came here, `performance.now()`. */
  readonly arrivedAt: number;
}

/** A decoded picture that waits to be shown. Whoever takes it out of the queue closes its image. */
export interface DecodedFrame extends Omit<CodedFrame, 'data' | 'key'> {
  readonly image: VideoFrame | ImageBitmap;
}

/** What is on the screen: a picture and what belongs to this very picture. */
export interface ShownFrame extends DecodedFrame {
  /** The event with the same session and ptsUs; undefined where it did not come in time. */
  readonly event: EventOf<'frame'> | undefined;
  /** If `event` is undefined: that of a frame shortly before, whose boxes may be shown dimmed in the meantime. */
  readonly held: EventOf<'frame'> | undefined;
  readonly maps: readonly HeldMap[];
  /** From the server's getting it to the screen, milliseconds; undefined while the clocks have not been compared. */
  readonly latencyMs: number | undefined;
}

/** Names a frame among those of all sessions. */
export function frameName(session: string, ptsUs: number): string {
  return `${session}/${ptsUs}`;
}
