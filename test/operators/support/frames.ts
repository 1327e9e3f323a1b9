import { Subject } from 'rxjs';
import type { Engine } from '../../../src/inference/engine.ts';
import type { SourceFrame } from '../../../src/media/source.ts';
import type { ClassMaps, Localisation, ModelInput, Track } from '../../../src/types.ts';

/** Frames a test sends by hand, and which of them are held. */
export interface Feed {
  readonly frames: Subject<SourceFrame>;
  /** Sends the next `count` frames, 0.1 s apart, of which the network sees every `stride`th. */
  send(count: number, stride?: number): void;
  /** Indices of the frames that are held. */
  held(): number[];
}

export const SIDE = 64;
export const DISPLAY = { width: 640, height: 480 };

export function feed(): Feed {
  const frames = new Subject<SourceFrame>();
  const holds = new Map<number, number>();
  let index = 0;
  const add = (frame: number, change: number) => holds.set(frame, (holds.get(frame) ?? 0) + change);

  function frame(seen: boolean): SourceFrame {
    const own = index++;
    // The network's input carries the frame's number, so that a test sees whose result is whose.
    const input: ModelInput = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3).fill(own) };
    return {
      index: own,
      pts: own / 10,
      ptsUs: own * 100_000,
      display: DISPLAY,
      ...(seen ? { input } : {}),
      hold() {
        add(own, 1);
        let lifted = false;
        return () => {
          if (!lifted) add(own, -1);
          lifted = true;
        };
      },
      crop: async () => undefined,
      annotate() {},
    };
  }

  return {
    frames,
    send(count, stride = 1) {
      for (let sent = 0; sent < count; sent++) frames.next(frame(index % stride === 0));
    },
    held: () => [...holds].filter(([, count]) => count > 0).map(([held]) => held),
  };
}

/** One run an engine was asked for, which the test answers. */
export interface AskedRun {
  /** Numbers of the frames. */
  readonly frames: number[];
  answer(): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** An engine whose runs a test answers by hand. */
export function handEngine(): { readonly engine: Engine; readonly runs: AskedRun[] } {
  const runs: AskedRun[] = [];
  const engine: Engine = {
    provider: 'hand',
    run: (inputs) =>
      new Promise((resolve, reject) => {
        const frames = inputs.map(({ data }) => data[0]!);
        runs.push({
          frames,
          async answer() {
            resolve(frames.map(mapsFor));
            await settled();
          },
          async fail(error) {
            reject(error);
            await settled();
          },
        });
      }),
    close: async () => {},
  };
  return { engine, runs };
}

/** Lets the promises that are settled have their effect. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Maps of 2×2 cells whose class, 0 to 9, is the frame's number; it is strongest top left. */
export function mapsFor(frame: number): ClassMaps {
  const logits = new Float32Array(10);
  const maps = new Float32Array(10 * 4);
  logits[frame % 10] = 20;
  maps[(frame % 10) * 4] = 1;
  return { classCount: 10, rows: 2, cols: 2, logits, maps };
}

/** A sure localisation of class 3 with its left side at `x`. */
export function localisationAt(x: number): Localisation {
  return {
    classIndex: 3,
    score: 0.9,
    box: [x, 100, x + 80, 180],
    peak: { x: x + 40, y: 140 },
    map: { rows: 2, cols: 2, data: new Float32Array(4) },
    evidence: [{ classIndex: 3, score: 0.9 }],
  };
}

/** Left sides of the tracks' boxes. */
export function leftSides(tracks: readonly Track[]): number[] {
  return tracks.map(({ box }) => Math.round(box[0]));
}
