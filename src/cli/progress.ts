import { SingleBar } from 'cli-progress';
import type { SourceInfo } from '../media/protocol.ts';

export interface Progress {
  /** @param seconds - Of the source, from its first frame. */
  update(frames: number, seconds: number): void;
  /** Lets something else write a line to the terminal: above the bar, not into it. */
  above(write: () => void): void;
  end(): void;
}

export const noProgress: Progress = { update() {}, above: (write) => write(), end() {} };

/** A bar on a terminal, with frames, speed as a multiple of real time, and time left; nothing elsewhere. */
export function openProgress(
  { duration, video }: SourceInfo,
  { start, duration: wanted, quiet }: { start?: number; duration?: number; quiet?: boolean },
): Progress {
  if (quiet || !process.stderr.isTTY || process.env.TERM === 'dumb') return noProgress;
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
    forceRedraw: true,
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
    above(write) {
      process.stderr.write('\r\x1b[2K');
      write();
    },
    end: () => bar.stop(),
  };
}
