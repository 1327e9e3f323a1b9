import { defer, map, type OperatorFunction } from 'rxjs';
import type { SourceFrame } from '../media/source.ts';
import { clock, type Note } from '../threads/notes.ts';
import type { Localisation } from '../types.ts';
import { createLocaliser, LOCALISE_DEFAULTS, type LocaliserOptions } from './localiser.ts';
import { type PairedFrame, pairPictures } from './pair-pictures.ts';
import { type NetworkOptions, runNetwork, type Seen } from './run-network.ts';

/** Options of {@link localise}. */
export interface LocaliseOptions extends NetworkOptions, Omit<LocaliserOptions, 'thresholds'> {
  /** Where a box ends, as a share of its map's range, 0.01 to 0.99. Defaults to what suits the maps of the engine. */
  readonly threshold?: number;
  /** Called with what was done when. */
  readonly note?: Note;
}

/** A frame and what the network localised in it. */
export interface LocalisedFrame extends SourceFrame, Pick<Seen, 'late' | 'awaited'> {
  /** Undefined for frames that the network has not seen. */
  readonly localisations?: readonly Localisation[];
}

/**
 * Runs the network over the frames in batches and turns its class activation maps into localisations. Frames come out in
 * order, each held until it has come out; the source's credits bound how many are here. Options are those of `runNetwork`
 * and of `createLocaliser`.
 *
 * @example
 * source.frames({ inputSize }).pipe(localise({ engine, threshold: 0.4 })).subscribe(({ pts, localisations }) => …)
 *
 * Errors with HeatboxError `BAD_OPTION` where an option is out of range.
 */
export function localise({
  engine,
  batch,
  wait,
  policy,
  patience,
  note,
  threshold = engine.threshold ?? LOCALISE_DEFAULTS.threshold,
  ...choice
}: LocaliseOptions): OperatorFunction<SourceFrame, LocalisedFrame> {
  return (source) =>
    defer(() => {
      const localiser = createLocaliser({ ...choice, thresholds: [threshold] });

      function localised({ maps, pair, ...frame }: PairedFrame & Seen): LocalisedFrame {
        if (maps === undefined) return frame;
        const began = clock();
        const [localisations] = localiser({ ...frame, pair }, maps);
        maps.release?.();
        note?.('localise', began, frame.ptsUs);
        return { ...frame, localisations };
      }

      return source.pipe(pairPictures(note), runNetwork({ engine, batch, wait, policy, patience }), map(localised));
    });
}
