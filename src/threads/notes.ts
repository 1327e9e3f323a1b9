/** One thing that a thread did. */
export interface Slice {
  /** As `decode` or `network`. */
  readonly stage: string;
  /** Milliseconds since the epoch, see `clock`. */
  readonly began: number;
  /** How long it took. */
  readonly milliseconds: number;
  /** The frames it was about, by their pts in integer microseconds. */
  readonly ptsUs?: readonly number[];
}

/** Is told what the threads of a run do, and which frames there are. */
export interface Profile {
  /** Comes before any slice about the frame. */
  frame(index: number, ptsUs: number): void;
  /** What a thread did. */
  slices(thread: string, slices: readonly Slice[]): void;
}

/** Says that what began then, by `clock`, has just ended. */
export type Note = (stage: string, began: number, ...ptsUs: readonly number[]) => void;

/** Milliseconds since the epoch, the same in all threads of a process, to a microsecond. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}

export function noteTo(add: (slice: Slice) => void): Note {
  return (stage, began, ...ptsUs) =>
    add({ stage, began, milliseconds: clock() - began, ...(ptsUs.length > 0 && { ptsUs }) });
}
