import { visible } from '../../text/visible.ts';

export interface StreamStatus {
  readonly name: string;
  readonly phase: string;
  /** Frames since the start. */
  readonly decoded: number;
  readonly analysed: number;
  readonly dropped: number;
}

/** A line at the foot of a terminal; elsewhere nothing but what is written above it. */
export interface StatusLine {
  /** Lets something else be written without getting in its way. */
  above(write: () => void): void;
  /** Shows the streams every second. @returns what ends it and takes the line away. */
  follow(ask: () => Promise<StreamStatus[]>): () => void;
}

const EVERY_MS = 1000;

export function openStatusLine(): StatusLine {
  const terminal = process.stderr.isTTY === true;
  let shown = '';
  const clear = () => terminal && shown !== '' && process.stderr.write('\r\x1b[2K');
  return {
    above(write) {
      clear();
      write();
      if (terminal) process.stderr.write(shown);
    },
    follow(ask) {
      if (!terminal) return () => {};
      let before: StreamStatus[] = [];
      const timer = setInterval(async () => {
        const now = await ask();
        const width = process.stderr.columns ?? 80;
        clear();
        shown = visible(describe(now, before)).slice(0, width - 1);
        before = now;
        process.stderr.write(shown);
      }, EVERY_MS);
      return () => {
        clearInterval(timer);
        clear();
        shown = '';
      };
    },
  };
}

/** Rates of the last second. */
function describe(now: readonly StreamStatus[], before: readonly StreamStatus[]): string {
  return now
    .map(({ name, phase, decoded, analysed, dropped }, index) => {
      const last = before[index] ?? { decoded, analysed, dropped };
      return `${name} ${phase}: ${decoded - last.decoded} fps, network ${analysed - last.analysed}, passed over ${dropped - last.dropped}`;
    })
    .join(' | ');
}
