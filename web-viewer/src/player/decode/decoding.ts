import { createPictureDecoder, createVideoDecoder, type Decoder, type DecoderOptions } from './decoder.ts';
import type { CodedFrame } from './frames.ts';

export interface DecodingOptions extends DecoderOptions {
  /** How many more decoded pictures there is room for. */
  readonly room: () => number;
}

/** Coded pictures that wait for the decoder, and the decoders of video and of JPEGs. */
export interface Decoding {
  add(frame: CodedFrame): void;
  /** Hands pictures to the decoder as far as there is room for what comes out. */
  feed(): void;
  /** The picture that waits longest. */
  readonly next: CodedFrame | undefined;
  /** Forgets those that wait, so that the next one to come must be a keyframe. @returns how many they were */
  skip(): number;
  /** Nothing more can wait here. */
  readonly isFull: boolean;
  /** Forgets all of them. */
  reset(): void;
}

const MOST = 900;
const MOST_BYTES = 48 * 2 ** 20;

export function createDecoding({ onFrame, onTrouble, room }: DecodingOptions): Decoding {
  const video = createVideoDecoder({ onFrame, onTrouble });
  const pictures = createPictureDecoder({ onFrame });
  let waiting: CodedFrame[] = [];
  let bytes = 0;

  return {
    add(frame) {
      waiting.push(frame);
      bytes += frame.data.length;
    },
    feed() {
      while (waiting.length > 0) {
        const [frame] = waiting as [CodedFrame];
        const decoder: Decoder = frame.config.rendition === 'jpeg' ? pictures : video;
        if (decoder.pending >= room()) return;
        waiting.shift();
        bytes -= frame.data.length;
        decoder.decode(frame);
      }
    },
    get next() {
      return waiting[0];
    },
    skip() {
      const count = waiting.length;
      waiting = [];
      bytes = 0;
      return count;
    },
    get isFull() {
      return waiting.length >= MOST || bytes >= MOST_BYTES;
    },
    reset() {
      video.reset();
      pictures.reset();
      waiting = [];
      bytes = 0;
    },
  };
}
