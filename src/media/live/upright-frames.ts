import type { AVPixelFormat } from 'node-av/constants';
import type { Stream } from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import type { Size } from '../../types.ts';
import { ratioOf, seconds } from '../frames/av.ts';
import { displayStage, encodedFormat, sameSize } from '../frames/display-stage.ts';
import { pixelFormat } from '../frames/frame-format.ts';
import { transformOf } from '../input/describe-source.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import type { StartOptions } from '../protocol.ts';
import { type ChosenFrame, chooseFrames, decodedMotion } from '../sampling/choose-frames.ts';
import type { Shown } from './packets/packet-tap.ts';

/** Makes decoded frames as they are displayed, whatever becomes of the picture's size in mid-stream. */
interface UprightFrames {
  /** Of the newest frame. */
  readonly display: Size;
  /** @returns the frame, upright; takes the one given over. @throws HeatboxError `SOURCE_CHANGED` */
  make(timed: TimedFrame): ChosenFrame;
  close(): void;
}

/**
 * @param first - Stays the caller's.
 * @param options - Which of them the network is to see.
 * @param recorded - Whether the frames go into a recording, which has one size and one pixel format.
 * @param onShown - Told how a frame is displayed, before it is made.
 */
export function uprightFrames(
  video: Stream,
  first: TimedFrame,
  options: Pick<StartOptions, 'stride' | 'interval' | 'inputSize'>,
  recorded: boolean,
  onShown: (ticks: bigint, shown: Shown) => void,
): UprightFrames {
  let transform = transformOf(video, first.frame);
  let stage = stageFor(first);
  const chooser = chooseFrames(options);
  const timeBase = ratioOf(video.timeBase);

  function stageFor({ frame }: TimedFrame) {
    return displayStage(transform, recorded ? encodedFormat(frame) : undefined);
  }

  function follow(timed: TimedFrame): void {
    const next = transformOf(video, timed.frame, transform);
    if (sameSize(next.display, transform.display)) return;
    if (recorded) {
      timed.frame.free();
      const { width, height } = next.display;
      throw new HeatboxError('SOURCE_CHANGED', `the picture has become ${width}×${height}: a recording has one size`);
    }
    stage.close();
    transform = next;
    stage = stageFor(timed);
  }

  return {
    get display() {
      return transform.display;
    },
    make(timed) {
      follow(timed);
      const { frame, ticks } = timed;
      const { display, rotation } = transform;
      const { bitDepth } = pixelFormat(frame.format as AVPixelFormat);
      onShown(ticks, { coded: { width: frame.width, height: frame.height }, display, rotation, bitDepth });
      const decoded = decodedMotion(frame, transform);
      const upright = stage.run(frame);
      return { frame: upright, ticks, ...chooser.look(upright, decoded, seconds(ticks, timeBase), display) };
    },
    close() {
      stage.close();
      chooser.close();
    },
  };
}
