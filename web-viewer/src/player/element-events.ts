import type { HeatboxEvent, WireTrack } from '../../../src/protocol/events.ts';
import type { Area } from '../draw/fit.ts';
import type { PlayerState } from './state.ts';
import type { Statistics } from './statistics.ts';

/** What the events of `<heatbox-player>` carry as their `detail`. */
export interface PlayerEventDetails {
  /** A frame is on the canvas, with exactly these boxes. */
  frameshown: {
    readonly session: string;
    readonly ptsUs: number;
    /** Whether the frame's event was there; else it is shown without boxes. */
    readonly hasEvent: boolean;
    /** The tracks that are drawn. */
    readonly tracks: readonly WireTrack[];
    /** All tracks of the frame, before the filter; those of a frame shortly before while its own have not come. */
    readonly allTracks: readonly WireTrack[];
    /** Labels of the maps that the frame has. */
    readonly mapLabels: readonly string[];
    readonly latencyMs: number | undefined;
    /** Where the picture lies in the canvas, pixels. */
    readonly area: Area;
  };
  playerstate: PlayerState;
  /** Every event of the stream, as it comes. */
  heatboxevent: HeatboxEvent;
  /** Once a second. */
  statistics: Statistics & { readonly delayMs: number };
  /** A box was chosen, by pointer; undefined for none. */
  trackselect: WireTrack | undefined;
}
