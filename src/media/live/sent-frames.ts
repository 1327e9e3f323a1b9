import type { Frame } from 'node-av/lib';
import type { Rendition } from '../../protocol/video.ts';
import type { Size } from '../../types.ts';
import { microseconds, type Ratio, seconds } from '../frames/av.ts';
import type { HostEvent, StartOptions } from '../protocol.ts';
import type { ChosenFrame } from '../sampling/choose-frames.ts';
import { modelInputScaler } from '../sampling/model-input.ts';
import { recentFrames } from '../sampling/recent-frames.ts';
import type { Warn } from '../warn-once.ts';
import { type HeldFrames, heldFrames } from './held-frames.ts';
import type { Arrivals } from './packets/arrivals.ts';
import { pictureMaker } from './picture-maker.ts';
import { transcoder } from './transcoder.ts';

/** Tells main of frames and keeps them until they are given back; makes H.264 and JPEGs of them for who wants that. */
export interface SentFrames {
  readonly held: HeldFrames;
  /** Frames sent so far. */
  readonly count: number;
  /** No more than the credits are under way. */
  readonly isFull: boolean;
  /** Takes the frame over; where there are too many under way it is skipped. */
  send(timed: ChosenFrame, display: Size): void;
  demand(wanted: ReadonlySet<Rendition>): void;
  close(): void;
}

export interface SentFramesOptions extends StartOptions {
  readonly timeBase: Ratio;
  readonly frameRate: Ratio;
  readonly arrivals: Arrivals;
  readonly send: (event: HostEvent) => void;
  /** Whether main takes what it is sent. */
  readonly keepsUp: () => boolean;
  readonly warn: Warn;
}

export function sentFrames(options: SentFramesOptions): SentFrames {
  const { inputSize, stride, credits, output, keepFrames = false, timeBase, arrivals, send, keepsUp, warn } = options;
  const scaler = modelInputScaler(inputSize);
  const recent = stride === 1 ? undefined : recentFrames();
  const held = heldFrames(output !== undefined || keepFrames);
  const pictures = pictureMaker();
  const transcoded = transcoder(options);
  let wantsPictures = false;
  let count = 0;

  function modelInput(frame: Frame): Uint8Array {
    const input = new Uint8Array(inputSize.width * inputSize.height * 3);
    scaler.write(frame, input);
    return input;
  }

  function picture(frame: Frame, ptsUs: number, display: Size): void {
    try {
      send({ type: 'picture', ptsUs, jpeg: pictures.make(frame, display) });
    } catch (error) {
      warn('PICTURE_FAILED', `a frame could not be made a JPEG: ${(error as Error).message}`);
    }
  }

  return {
    held,
    get count() {
      return count;
    },
    get isFull() {
      return held.size >= credits;
    },
    send(timed, display) {
      const { frame, ticks } = timed;
      if (held.size >= credits || !keepsUp()) {
        send({ type: 'skipped', reason: 'behind', count: 1 });
        frame.free();
        return;
      }
      const index = count++;
      const pts = seconds(ticks, timeBase);
      const before = timed.seen ? recent?.before(pts) : undefined;
      const ptsUs = microseconds(ticks, timeBase);
      const receivedAt = arrivals.of(ticks);
      send({
        type: 'frame',
        index,
        pts,
        ptsUs,
        display,
        ...(receivedAt === undefined ? {} : { receivedAt }),
        ...(timed.seen ? { input: modelInput(frame) } : {}),
        ...(before === undefined ? {} : { glimpse: modelInput(before.frame), glimpsePts: before.pts }),
        ...(timed.motion === undefined ? {} : { motion: timed.motion }),
      });
      recent?.add(frame, pts);
      transcoded.frame(frame, ptsUs, display);
      if (wantsPictures) picture(frame, ptsUs, display);
      held.hold(index, timed, display);
    },
    demand(wanted) {
      wantsPictures = wanted.has('jpeg');
      transcoded.demand(wanted.has('transcoded'));
    },
    close() {
      scaler.close();
      recent?.close();
      held.close();
      pictures.close();
      transcoded.close();
    },
  };
}
