import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { DecoderConfig } from '../../protocol/video.ts';
import type { Size } from '../../types.ts';
import type { Ratio } from '../frames/av.ts';
import { displayStage, sameSize } from '../frames/display-stage.ts';
import { encoderProfile } from '../output/encoders.ts';
import { openVideoEncoder, type VideoEncoder } from '../output/video-encoder.ts';
import type { HostEvent } from '../protocol.ts';
import type { Warn } from '../warn-once.ts';
import { readHead } from './packets/annex-b.ts';
import { codecString } from './packets/codec-string.ts';

/** Makes H.264 of a source's frames, once for all viewers that cannot take its own packets, and only while one watches. */
interface Transcoder {
  demand(wanted: boolean): void;
  /** @param frame - Upright; stays the caller's. */
  frame(frame: Frame, ptsUs: number, display: Size): void;
  close(): void;
}

export interface TranscoderOptions {
  readonly frameRate: Ratio;
  readonly send: (event: HostEvent) => void;
  readonly keepsUp: () => boolean;
  readonly warn: Warn;
}

const MICROSECONDS: Ratio = { num: 1, den: 1_000_000 };

/** The first that can be opened is used: hardware before software. */
const ENCODERS = ['h264_nvenc', 'h264_qsv', 'h264_amf', 'h264_videotoolbox', 'libx264'];
const PRESETS: Readonly<Record<string, string>> = { libx264: 'superfast' };
const QUALITY: Readonly<Record<string, number>> = { libx264: 25 };

export function transcoder({ frameRate, send, keepsUp, warn }: TranscoderOptions): Transcoder {
  let wanted = false;
  const open = encoderChoice(frameRate);
  let current: { display: Size; stage: ReturnType<typeof displayStage>; encoder?: VideoEncoder } | undefined;
  let told: DecoderConfig | undefined;
  let lost = false;

  function stop(): void {
    current?.encoder?.close();
    current?.stage.close();
    current = undefined;
    told = undefined;
  }

  /** Even sides, 8 bit, square pixels. */
  function start(display: Size) {
    const transform = { rotation: 0, mirrored: false, filters: [], display } as const;
    return { display, stage: displayStage(transform, AV_PIX_FMT_YUV420P) };
  }

  function encode(frame: Frame, ptsUs: number, display: Size): void {
    if (current !== undefined && !sameSize(current.display, display)) stop();
    current ??= start(display);
    const picture = current.stage.run(frame.clone()!);
    try {
      current.encoder ??= open(picture);
      picture.pts = BigInt(ptsUs);
      const coded = { width: picture.width, height: picture.height };
      current.encoder.encode(picture, (packet) => {
        const data = Uint8Array.from(packet.data!);
        const { key, sps } = readHead(data, 'h264');
        if (sps !== undefined) tell({ codec: codecString(sps, 'h264'), coded, display, rotation: 0 });
        lost = !keepsUp() || (lost && !key);
        if (!lost) send({ type: 'unit', rendition: 'transcoded', ptsUs: Number(packet.pts), key, data });
      });
    } finally {
      picture.free();
    }
  }

  function tell(config: DecoderConfig): void {
    if (JSON.stringify(config) === JSON.stringify(told)) return;
    told = config;
    send({ type: 'config', rendition: 'transcoded', config });
  }

  return {
    demand(wants) {
      wanted = wants;
      if (!wants) stop();
    },
    frame(frame, ptsUs, display) {
      if (!wanted) return;
      try {
        encode(frame, ptsUs, display);
      } catch (error) {
        // The analysis goes on, and so do other viewers.
        wanted = false;
        stop();
        warn('TRANSCODE_FAILED', `the video cannot be transcoded: ${(error as Error).message}`);
      }
    },
    close: stop,
  };
}

/** @returns opens an encoder for frames like the one given: the first that works, which is tried first from then on. */
function encoderChoice(frameRate: Ratio): (first: Frame) => VideoEncoder {
  let choices = ENCODERS;
  return (first) => {
    for (const [position, encoder] of choices.entries()) {
      const { defaultQuality } = encoderProfile(encoder, 'h264');
      const quality = { crf: QUALITY[encoder] ?? defaultQuality, preset: PRESETS[encoder] };
      try {
        const options = { encoder, format: 'h264', threads: 1, ...quality };
        const opened = openVideoEncoder(first, MICROSECONDS, frameRate, false, options, true);
        choices = choices.slice(position);
        return opened;
      } catch (error) {
        if (position === choices.length - 1) throw error;
      }
    }
    throw new Error('there is no encoder to choose from');
  };
}
