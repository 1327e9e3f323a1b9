import type { Frame } from 'node-av/lib';

/** The last moment's frames, of which one is the picture before that motion is told by. */
interface RecentFrames {
  /** Keeps a reference of its own to a frame. */
  add(frame: Frame, pts: number): void;
  /** The newest frame that is old enough, or the oldest there is. */
  before(pts: number): { readonly frame: Frame; readonly pts: number } | undefined;
  close(): void;
}

/** Seconds: in less, objects hardly move at the size the network sees. */
const LEAST = 0.03;

export function recentFrames(): RecentFrames {
  let recent: { readonly frame: Frame; readonly pts: number }[] = [];
  const isOld = (pts: number) => (one: { readonly pts: number }) => pts - one.pts >= LEAST;
  return {
    add(frame, pts) {
      const kept = recent.findLastIndex(isOld(pts));
      for (const one of recent.splice(0, Math.max(kept, 0))) one.frame.free();
      const copy = frame.clone();
      if (copy !== null) recent.push({ frame: copy, pts });
    },
    before: (pts) => recent.findLast(isOld(pts)) ?? recent[0],
    close() {
      for (const { frame } of recent) frame.free();
      recent = [];
    },
  };
}
