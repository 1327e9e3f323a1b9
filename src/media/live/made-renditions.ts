import type { Frame } from 'node-av/lib';
import type { Rendition } from '../../protocol/video.ts';
import type { Size } from '../../types.ts';
import { pictureMaker } from './picture-maker.ts';
import { type TranscoderOptions, transcoder } from './transcoder.ts';

/** Makes H.264 and JPEGs of a source's frames while somebody wants them. */
interface MadeRenditions {
  /** @param frame - Upright; stays the caller's. */
  frame(frame: Frame, ptsUs: number, display: Size): void;
  demand(wanted: ReadonlySet<Rendition>): void;
  close(): void;
}

export function madeRenditions(options: TranscoderOptions): MadeRenditions {
  const { send, warn } = options;
  const pictures = pictureMaker();
  const transcoded = transcoder(options);
  let wantsPictures = false;

  function picture(frame: Frame, ptsUs: number, display: Size): void {
    try {
      send({ type: 'picture', ptsUs, jpeg: pictures.make(frame, display) });
    } catch (error) {
      warn('PICTURE_FAILED', `a frame could not be made a JPEG: ${(error as Error).message}`);
    }
  }

  return {
    frame(frame, ptsUs, display) {
      transcoded.frame(frame, ptsUs, display);
      if (wantsPictures) picture(frame, ptsUs, display);
    },
    demand(wanted) {
      wantsPictures = wanted.has('jpeg');
      transcoded.demand(wanted.has('transcoded'));
    },
    close() {
      pictures.close();
      transcoded.close();
    },
  };
}
