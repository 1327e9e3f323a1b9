import { SingleBar } from 'cli-progress';
import type { SourceInfo } from '../media/protocol.ts';

export interface Progress {
  /** @param seconds - Of the source, from its first frame. */
  update(frames: number, seconds: number): void;
  end(): void;
}

/** A bar on a terminal, with frames, speed as a multiple of real time, and time left; nothing elsewhere. */
export function openProgress(
  { duration, video }: SourceInfo,
  { start, duration: wanted, quiet }: { start?: number; duration?: number; quiet?: boolean },
): Progress {
  if (quiet || !process.stderr.isTTY) return { update() {}, end() {} };
  const rest = duration === undefined ? undefined : Math.max(0, duration - (start ?? 0));
  const span = wanted === undefined ? rest : Math.min(wanted, rest ?? wanted);
  const total =
    span === undefined ? undefined : Math.max(1, Math.round((span * video.frameRate.num) / video.frameRate.den));
  const bar = new SingleBar({
    format:
      total === undefined
        ? '  {value} frames  {speed}'
        : '  {bar} {percentage}%  {value}/{total} frames  {speed}  {eta_formatted} left',
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: 28,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
    fps: 8,
    etaBuffer: 100,
  });
  const began = performance.now();
  bar.start(total ?? 0, 0, { speed: '' });
  return {
    update(frames, seconds) {
      if (total !== undefined && frames > total) bar.setTotal(frames);
      const elapsed = (performance.now() - began) / 1000;
      bar.update(frames, { speed: `${(seconds / elapsed).toFixed(2)}× real time` });
    },
    end: () => bar.stop(),
  };
}
