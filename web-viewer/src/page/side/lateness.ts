/** Whether boxes come late for long enough to be worth a notice. */
export interface Lateness {
  /** Takes the numbers of another second: boxes that came late since the player began, frames shown in this second. */
  take(statistics: { readonly lateBoxes: number; readonly shownPerSecond: number }): void;
  readonly isLate: boolean;
}

const LATE_SECONDS = 3;
const STAYS_SECONDS = 12;

/** A notice comes after some seconds of late boxes and stays for longer than that: one that comes and goes says nothing. */
export function watchLateness(): Lateness {
  let before = 0;
  let count = 0;
  let isLate = false;
  return {
    take({ lateBoxes, shownPerSecond }) {
      const wasLate = lateBoxes > before && lateBoxes - before > shownPerSecond / 3;
      before = lateBoxes;
      if (!wasLate) count = Math.max(0, count - 1);
      else count = count + 1 >= LATE_SECONDS ? STAYS_SECONDS : count + 1;
      isLate = count >= LATE_SECONDS || (isLate && count > 0);
    },
    get isLate() {
      return isLate;
    },
  };
}
