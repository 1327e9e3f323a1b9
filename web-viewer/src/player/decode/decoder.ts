import type { ConfigMessage } from '../../../../src/protocol/video-messages.ts';
import { isSupported } from './codecs.ts';
import type { CodedFrame, DecodedFrame } from './frames.ts';

export interface DecoderOptions {
  /** In order of presentation. */
  onFrame(frame: DecodedFrame): void;
  /** Nothing comes out any more until the next keyframe; `codec` is given up where it never works. */
  onTrouble(codec: string, isHopeless: boolean): void;
}

/** Turns coded pictures, handed over in decode order, into pictures. */
export interface Decoder {
  decode(frame: CodedFrame): void;
  /** Pictures handed over that have not come out yet. */
  readonly pending: number;
  /** Forgets what was handed over. */
  reset(): void;
}

/** Errors in a row without a single picture between them. */
const HOPELESS = 3;

/**
 * Decodes access units with WebCodecs, through changes of codec, parameters and size.
 *
 * One function of more than a page: WebCodecs' callbacks and the calls from outside work on one decoder and its queue.
 */
export function createVideoDecoder({ onFrame, onTrouble }: DecoderOptions): Decoder {
  const underway = new Map<number, CodedFrame>();
  let decoder: VideoDecoder | undefined;
  let config: ConfigMessage | undefined;
  let work: Promise<void> = Promise.resolve();
  let waiting = 0;
  let generation = 0;
  /** Added to ptsUs, so that times go on rising from one session to the next. */
  let base = 0;
  let highest = 0;
  let failures = 0;

  function decode(frame: CodedFrame): void {
    const own = generation;
    waiting++;
    work = work.then(async () => {
      waiting--;
      if (own !== generation) return;
      if (frame.config !== config || !decoder) await configure(frame);
      if (own !== generation || decoder?.state !== 'configured') return;
      const timestamp = base + frame.ptsUs;
      highest = Math.max(highest, timestamp);
      underway.set(timestamp, frame);
      decoder.decode(new EncodedVideoChunk({ type: frame.key ? 'key' : 'delta', timestamp, data: frame.data }));
    });
  }

  async function configure(frame: CodedFrame): Promise<void> {
    if (!frame.key) return;
    const own = generation;
    const { codec, coded } = frame.config;
    const wanted: VideoDecoderConfig = {
      codec,
      optimizeForLatency: true,
      ...(coded && { codedWidth: coded.width, codedHeight: coded.height }),
    };
    if (!(await isSupported(wanted))) {
      if (own === generation) onTrouble(codec, true);
      return;
    }
    if (own !== generation) return;
    decoder ??= new VideoDecoder({ output, error });
    // What is still inside must come out before it is configured anew.
    if (decoder.state === 'configured') void decoder.flush().catch(() => undefined);
    decoder.configure(wanted);
    config = frame.config;
    base = highest + 1_000_000 - frame.ptsUs;
  }

  function output(image: VideoFrame): void {
    const frame = underway.get(image.timestamp);
    if (!frame) {
      image.close();
      return;
    }
    for (const timestamp of underway.keys()) if (timestamp <= image.timestamp) underway.delete(timestamp);
    failures = 0;
    const { config: own, ptsUs, receivedMs, arrivedAt } = frame;
    onFrame({ config: own, ptsUs, receivedMs, arrivedAt, image });
  }

  function error(): void {
    const codec = config?.codec ?? '';
    reset();
    onTrouble(codec, ++failures >= HOPELESS);
  }

  function reset(): void {
    generation++;
    underway.clear();
    if (decoder && decoder.state !== 'closed') decoder.close();
    decoder = undefined;
    config = undefined;
  }

  return {
    decode,
    get pending() {
      return waiting + (decoder?.decodeQueueSize ?? 0);
    },
    reset,
  };
}

/** Decodes JPEGs, one at a time. */
export function createPictureDecoder({ onFrame }: Pick<DecoderOptions, 'onFrame'>): Decoder {
  let work: Promise<void> = Promise.resolve();
  let pending = 0;
  let generation = 0;

  return {
    decode({ config, ptsUs, receivedMs, arrivedAt, data }) {
      const own = generation;
      pending++;
      work = work.then(async () => {
        try {
          if (own !== generation) return;
          const image = await createImageBitmap(new Blob([data], { type: 'image/jpeg' }));
          if (own === generation) onFrame({ config, ptsUs, receivedMs, arrivedAt, image });
          else image.close();
        } catch {
          // A picture that is no picture is left out; the next one stands on its own.
        } finally {
          pending--;
        }
      });
    },
    get pending() {
      return pending;
    },
    reset() {
      generation++;
    },
  };
}
