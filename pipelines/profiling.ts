import { defer, finalize, type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { EngineWork } from '../src/inference/engine.ts';
import type { SourceFrame } from '../src/media/source.ts';
import { watchGarbage } from '../src/threads/garbage.ts';
import { type Note, noteTo, type Profile, type Slice } from '../src/threads/notes.ts';
import type { ModelInput } from '../src/types.ts';

/** What a run's parts are given, to tell its profile what they do. */
export interface Profiling {
  readonly note: Note;
  readonly slices: (slices: readonly Slice[]) => void;
  readonly onWork: (work: EngineWork) => void;
  /** For the frames as they come from the source. */
  readonly meet: MonoTypeOperatorFunction<SourceFrame>;
}

/** @param profile - What is told; without one nothing is measured. */
export function profiling(profile: Profile | undefined): Partial<Profiling> {
  if (profile === undefined) return {};
  // As many as there are slots for them.
  const frameOf = new Map<ModelInput, number>();
  const onMain = (slice: Slice) => profile.slices('main', [slice]);
  return {
    note: noteTo(onMain),
    slices: (slices) => profile.slices('media host', slices),
    onWork: ({ worker, stage, began, milliseconds, inputs }) =>
      profile.slices(`inference worker ${worker + 1}`, [
        { stage, began, milliseconds, ...(inputs && { ptsUs: inputs.map((input) => frameOf.get(input)!) }) },
      ]),
    meet: (frames) =>
      defer(() => {
        const stopWatching = watchGarbage(onMain);
        return frames.pipe(
          tap(({ index, ptsUs, input }) => {
            profile.frame(index, ptsUs);
            if (input !== undefined) frameOf.set(input, ptsUs);
          }),
          finalize(stopWatching),
        );
      }),
  };
}
