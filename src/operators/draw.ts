import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Overlay } from '../overlay/index.ts';
// Not from the folder's index, which loads the drawing library.
import { createTrails } from '../overlay/trails.ts';
import type { Label } from '../types.ts';
import type { TrackedFrame } from './track.ts';

/** Options of {@link draw}. */
export interface DrawOptions {
  /** The model's labels, for the names. */
  readonly labels: readonly Label[];
  /** Opacity of the heat map where it is hottest, 0 to 1; absent: no heat map. */
  readonly heatmap?: number;
  /** Whether ids and trails are shown. */
  readonly ids: boolean;
  /** Hide what is in the boxes instead of framing it. Defaults to false. */
  readonly blur?: boolean;
}

const TRAIL_SECONDS = 1;

/** Draws each frame's tracks on it and has it encoded. */
export function draw({ labels, heatmap, ids, blur = false }: DrawOptions): MonoTypeOperatorFunction<TrackedFrame> {
  const updateTrails = createTrails({ seconds: TRAIL_SECONDS });
  return tap((frame) => {
    const alive = frame.tracks.filter(({ state }) => state !== 'ended');
    const trails = updateTrails(frame.pts, alive);
    const overlay: Overlay = {
      tracks: alive.map(({ id, classIndex, group, score, box, state }) => ({
        ...(ids ? { id, trail: trails.get(id) } : {}),
        label: (group ?? labels[classIndex]!).name,
        score,
        box,
        state,
      })),
      ...heat(frame, heatmap),
      ...(blur ? { blur } : {}),
    };
    frame.annotate(overlay);
  });
}

/** The map of the strongest track that has one. */
function heat({ tracks }: TrackedFrame, opacity: number | undefined): Pick<Overlay, 'heatmap'> {
  if (opacity === undefined) return {};
  const [strongest] = tracks.filter(({ map }) => map !== undefined).sort((a, b) => b.score - a.score);
  return strongest?.map === undefined ? {} : { heatmap: { map: strongest.map, opacity } };
}
