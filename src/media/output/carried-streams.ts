import type { StreamInfo } from '../protocol.ts';

/** A stream of the source beside the video that is annotated. */
interface OtherStream {
  readonly type: StreamInfo['type'];
  /** FFmpeg's name. */
  readonly codec: string;
  /** A cover picture: a video stream of one picture. */
  readonly cover: boolean;
}

/** What becomes of it. */
type Carriage =
  | { readonly action: 'copy' }
  | { readonly action: 'convert'; readonly to: 'aac' | 'opus' | 'mov_text' | 'subrip' | 'webvtt' }
  | { readonly action: 'drop'; readonly why: string };

interface Container {
  /** With its article, for messages. */
  readonly name: string;
  readonly audio: ReadonlySet<string>;
  /** What other sound becomes. */
  readonly audioCodec: 'aac' | 'opus';
  readonly subtitles: ReadonlySet<string>;
  /** What other text subtitles become. */
  readonly textCodec: 'mov_text' | 'subrip' | 'webvtt';
  readonly attachments: boolean;
  /** Codecs of cover pictures. */
  readonly covers: ReadonlySet<string>;
}

const PCM = ['s16le', 's16be', 's24le', 's24be', 's32le', 's32be', 'f32le', 'f64le'].map((form) => `pcm_${form}`);
const QUICKTIME_PCM = ['u8', 's8', 'alaw', 'mulaw', 'f32be', 'f64be'].map((form) => `pcm_${form}`);
const COMMON_AUDIO = ['aac', 'ac3', 'alac', 'dts', 'eac3', 'mp2', 'mp3', ...PCM];
const TEXT_SUBTITLES = new Set(['subrip', 'srt', 'ass', 'ssa', 'webvtt', 'text', 'mov_text']);

/** By FFmpeg's names of the containers; the codecs are those that its muxers accept and other programs read. */
const CONTAINERS: Readonly<Record<string, Container>> = {
  mp4: {
    name: 'an MP4 file',
    audio: new Set([...COMMON_AUDIO, 'flac', 'mp4als', 'opus', 'vorbis']),
    audioCodec: 'aac',
    subtitles: new Set(['mov_text', 'dvd_subtitle']),
    textCodec: 'mov_text',
    attachments: false,
    covers: new Set(['mjpeg', 'png', 'bmp']),
  },
  mov: {
    name: 'a MOV file',
    audio: new Set([...COMMON_AUDIO, ...QUICKTIME_PCM, 'adpcm_ima_qt', 'adpcm_ms', 'mace3', 'mace6', 'qcelp', 'qdm2']),
    audioCodec: 'aac',
    subtitles: new Set(['mov_text', 'eia_608']),
    textCodec: 'mov_text',
    attachments: false,
    covers: new Set(),
  },
  matroska: {
    name: 'a Matroska file',
    audio: new Set([
      ...[...COMMON_AUDIO, 'pcm_u8', 'pcm_alaw', 'pcm_mulaw', 'adpcm_ms', 'adpcm_ima_wav', 'flac', 'mlp', 'mp1'],
      ...['opus', 'truehd', 'tta', 'vorbis', 'wavpack', 'wmav1', 'wmav2', 'wmapro'],
    ]),
    audioCodec: 'aac',
    subtitles: new Set([
      ...['subrip', 'srt', 'ass', 'ssa', 'webvtt', 'text'],
      ...['dvd_subtitle', 'dvb_subtitle', 'hdmv_pgs_subtitle', 'hdmv_text_subtitle'],
    ]),
    textCodec: 'subrip',
    attachments: true,
    covers: new Set(['mjpeg', 'png']),
  },
  webm: {
    name: 'a WebM file',
    audio: new Set(['opus', 'vorbis']),
    audioCodec: 'opus',
    subtitles: new Set(['webvtt']),
    textCodec: 'webvtt',
    attachments: false,
    covers: new Set(),
  },
};

/** The container's name with its article. */
export function containerName(format: string): string {
  return CONTAINERS[format]?.name ?? `a ${format} file`;
}

/**
 * Decides how a stream of the source reaches the output: copied where the container holds its codec, converted where it
 * holds the same in another form, dropped where it holds neither.
 *
 * @param format - FFmpeg's name of the output container: `mp4`, `mov`, `matroska` or `webm`.
 */
export function carriageOf({ type, codec, cover }: OtherStream, format: string): Carriage {
  const container = CONTAINERS[format]!;
  const drop = (why: string): Carriage => ({ action: 'drop', why });
  switch (type) {
    case 'video':
      if (!cover) return drop('only the main video stream is annotated');
      return container.covers.has(codec) ? { action: 'copy' } : drop(`${container.name} cannot hold it`);
    case 'audio':
      return container.audio.has(codec) ? { action: 'copy' } : { action: 'convert', to: container.audioCodec };
    case 'subtitle':
      if (container.subtitles.has(codec)) return { action: 'copy' };
      return TEXT_SUBTITLES.has(codec)
        ? { action: 'convert', to: container.textCodec }
        : drop(`${container.name} cannot hold it`);
    case 'attachment':
      return container.attachments ? { action: 'copy' } : drop(`${container.name} cannot hold it`);
    default:
      return drop(`${type} streams are not carried`);
  }
}
