import {
  AV_DISPOSITION_ATTACHED_PIC,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_SUBTITLE,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { avGetCodecName, type Stream } from 'node-av/lib';
import { type StreamKind, streamKind } from './describe-source.ts';

/** What becomes of a stream beside the annotated video. */
export type Carriage =
  | { readonly action: 'copy' }
  | { readonly action: 'to-mov-text' }
  | { readonly action: 'to-subrip' }
  | { readonly action: 'to-aac' }
  | { readonly action: 'drop'; readonly why: string };

const MP4_AUDIO = new Set([
  'aac',
  'mp3',
  'mp2',
  'mp1',
  'ac3',
  'eac3',
  'alac',
  'flac',
  'opus',
  'dts',
  'truehd',
  'vorbis',
  'pcm_s16le',
  'pcm_s16be',
  'pcm_s24le',
  'pcm_s24be',
  'pcm_s32le',
  'pcm_s32be',
  'pcm_f32le',
  'pcm_f32be',
  'pcm_f64le',
  'pcm_f64be',
]);
const MOV_AUDIO = new Set(
  [...MP4_AUDIO]
    .filter((name) => !['opus', 'flac', 'vorbis', 'truehd'].includes(name))
    .concat(['pcm_u8', 'pcm_s8', 'pcm_mulaw', 'pcm_alaw', 'adpcm_ima_qt']),
);
const WEBM_AUDIO = new Set(['opus', 'vorbis']);
const TEXT_SUBTITLES = new Set(['subrip', 'srt', 'ass', 'ssa', 'webvtt', 'text', 'mov_text']);

/**
 * Decides how a stream of the source reaches the output: copied where the container holds its codec, converted where it
 * holds the same in another form, dropped where it holds neither.
 *
 * @param format - FFmpeg's name of the output container.
 */
export function carriageOf(stream: Stream, format: string): Carriage {
  const codec = avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
  const kind: StreamKind = streamKind(stream);
  const drop = (why: string): Carriage => ({ action: 'drop', why });
  if (stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO) {
    return drop(
      stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC)
        ? 'a cover picture is not carried'
        : 'only the main video stream is annotated',
    );
  }
  if (stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO) {
    if (format === 'mp4' || format === 'mov')
      return (format === 'mp4' ? MP4_AUDIO : MOV_AUDIO).has(codec) ? { action: 'copy' } : { action: 'to-aac' };
    if (format === 'webm')
      return WEBM_AUDIO.has(codec) ? { action: 'copy' } : drop(`a webm file cannot hold ${codec} sound`);
    return { action: 'copy' };
  }
  if (stream.codecpar.codecType === AVMEDIA_TYPE_SUBTITLE) {
    const text = TEXT_SUBTITLES.has(codec);
    if (format === 'mp4' || format === 'mov') {
      if (codec === 'mov_text') return { action: 'copy' };
      return text ? { action: 'to-mov-text' } : drop(`a ${format} file cannot hold ${codec} picture subtitles`);
    }
    if (format === 'webm')
      return codec === 'webvtt' ? { action: 'copy' } : drop(`a webm file cannot hold ${codec} subtitles`);
    return codec === 'mov_text' ? { action: 'to-subrip' } : { action: 'copy' };
  }
  return drop(`a ${kind} stream is not carried`);
}
