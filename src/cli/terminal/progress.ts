import { SingleBar } from 'cli-progress';
import type { SourceInfo } from '../../media/protocol.ts';

export interface Progress {
  /** @param seconds - Of the source, from its first frame. */
  update(frames: number, seconds: number): void;
  /** Lets something else write a line to the terminal: above the bar, not into it. */
  above(write: () => void): void;
  end(): void;
}

export const noProgress: Progress = { update() {}, above: (write) => write(), end() {} };

const CLEAR_LINE = '\r\x1b[2K';
const SAVE_CURSOR = '\x1b7';

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
        : '  {bar} {percentage}%  {value}/{total} frames  {speed}  {left}',
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: 28,
    hideCursor: true,
    clearOnComplete: true,
    forceRedraw: true,
    stream: process.stderr,
    fps: 8,
  });
  const began = performance.now();
  bar.start(total ?? 0, 0, { speed: '', left: '' });
  return {
    update(frames, seconds) {
      if (total !== undefined && frames > total) bar.setTotal(frames);
      const elapsed = (performance.now() - began) / 1000;
      const left = Math.max(0, ((total ?? frames) - frames) * (elapsed / frames));
      bar.update(frames, { speed: `${(seconds / elapsed).toFixed(2)}× real time`, left: `${clock(left)} left` });
    },
    above(write) {
      process.stderr.write(CLEAR_LINE);
      write();
      // The bar returns to the saved place when it ends, which would be above the line just written.
      process.stderr.write(SAVE_CURSOR);
    },
    end: () => bar.stop(),
  };
}

/** Seconds as `0:07`, `12:34` or `1:02:03`. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
