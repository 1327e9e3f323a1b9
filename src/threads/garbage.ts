import { PerformanceObserver } from 'node:perf_hooks';
import type { Slice } from './notes.ts';

/** Tells of this thread's garbage collections, stage `gc`, somewhat later. @returns what ends it. */
export function watchGarbage(add: (slice: Slice) => void): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      add({ stage: 'gc', began: performance.timeOrigin + startTime, milliseconds: duration });
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}
