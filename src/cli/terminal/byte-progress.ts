import { SingleBar } from 'cli-progress';
import { visible } from '../../text/visible.ts';

export interface ByteProgress {
  update(received: number, total: number): void;
  /** May be called more than once. */
  end(): void;
}

/** A bar of bytes on a terminal, with speed and time left; nothing elsewhere. */
export function openByteProgress(name: string): ByteProgress {
  if (!process.stderr.isTTY) return { update() {}, end() {} };
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const bar = new SingleBar({
    format: `  ${visible(name)}  {bar} {percentage}%  {received} of {all} MB  {speed} MB/s  {eta_formatted} left`,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: 28,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
    fps: 8,
    etaBuffer: 50,
  });
  let began: { at: number; received: number } | undefined;
  return {
    update(received, total) {
      if (began === undefined) {
        began = { at: performance.now(), received };
        bar.start(total, received, { received: megabytes(received), all: megabytes(total), speed: '' });
      }
      const seconds = (performance.now() - began.at) / 1000;
      const speed = seconds > 0 ? megabytes((received - began.received) / seconds) : '';
      bar.update(received, { received: megabytes(received), all: megabytes(total), speed });
    },
    end: () => bar.stop(),
  };
}
