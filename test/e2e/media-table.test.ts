import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { AnnotateFileOptions } from '../../pipelines/annotate-file.ts';
import { annotate } from '../support/annotate.ts';
import { COCKATOO, clip, SHORT } from '../support/clips.ts';
import { lacking } from '../support/encoders.ts';
import { decode, probe, psnr, type Stream } from '../support/judge.ts';
import { type Matrix, withExifOrientation, withMatrix } from '../support/patches.ts';
import { ASS, METADATA, pgs, SUBRIP, sidecar, WEBVTT } from '../support/sidecars.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { missing } from '../support/tools.ts';

/** One kind of source: how ffmpeg makes it, and what is to become of it. */
interface Row {
  /** The source's file name; its extension chooses the container. */
  readonly file: string;
  /** Arguments of the ffmpeg command that makes it. */
  readonly make: readonly string[];
  /** What is done to the file that ffmpeg has made. */
  readonly change?: (path: string) => void;
  /** Tells apart what `change` does. */
  readonly recipe?: string;
  /** Encoders that ffmpeg needs for it. */
  readonly needs?: readonly string[];
  /** Extension of the output; `.mp4` where absent. */
  readonly to?: string;
  readonly options?: Partial<AnnotateFileOptions>;
  /** Codes of the warnings, each one time. */
  readonly warnings?: readonly string[];
  /** Frames, where it is worth saying; else what ffmpeg decodes. */
  readonly frames?: number;
  /** The size of the upright picture, 160×90 where absent. */
  readonly display?: readonly [width: number, height: number];
  /** What happens to each audio track. */
  readonly audio?: readonly ('copied' | 'aac' | 'opus')[];
  /** What ffmpeg does to copied sound when it stores it in another container. */
  readonly soundFilter?: string;
  /** Codecs of the output's subtitle tracks. */
  readonly subtitles?: readonly string[];
  /** Whether everything moves so that the earliest stream starts at zero. */
  readonly shifted?: true;
  readonly timestamps?: 'computed';
  readonly chapters?: readonly (readonly [start: number, title: string])[];
  /** Of the file as a whole. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Of the streams after the video. */
  readonly languages?: readonly string[];
  /** What the output's video stream must say. */
  readonly stream?: Partial<Stream>;
  /** The tags of its colours, where there are more than a limited range. */
  readonly colour?: Partial<Stream>;
  /** Least likeness of any frame to FFmpeg's own upright picture, in dB. */
  readonly likeness?: number;
}

const small = ['-vf', 'scale=160:90,format=yuv420p'];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10'];
/** A second of the cockatoo, 20 frames. */
const second = ['-t', '1', '-i', COCKATOO];
/** The short sample, 36 frames, as it is. */
const short = ['-i', SHORT, '-c', 'copy'];
const silent = [...second, '-an', ...small];
const hdr = (transfer: string, more = '') => [
  '-pix_fmt',
  'yuv420p10le',
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  `log-level=none:colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc:range=limited${more}`,
];
const mastering =
  ':hdr10=1:max-cll=1000,400:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)';

const ROWS: Readonly<Record<string, Row>> = {
  'a plain clip': { file: 'plain.mp4', make: short, frames: 36, display: [320, 240], audio: ['copied'] },

  // Time
  'a variable frame rate': {
    file: 'vfr.mp4',
    make: ['-i', SHORT, '-vf', "select='mod(n,7)*mod(n+2,5)'", '-fps_mode', 'vfr', ...x264, '-c:a', 'copy'],
    audio: ['copied'],
    display: [320, 240],
  },
  'B-frames': {
    file: 'bframes.mp4',
    make: [...silent, '-c:v', 'libx264', '-bf', '3', '-b_strategy', '0', '-g', '10'],
    frames: 20,
  },
  'frames that an edit list discards': {
    file: 'cut.mp4',
    make: ['-ss', '0.5', ...short],
    audio: ['copied'],
    display: [320, 240],
  },
  'an edit list that starts inside of the clip': {
    file: 'edit.mp4',
    make: [...short, '-output_ts_offset', '-0.5', '-avoid_negative_ts', 'disabled'],
    audio: ['copied'],
    display: [320, 240],
  },
  'a start above zero, in MP4': {
    file: 'later.mp4',
    make: [...short, '-output_ts_offset', '3'],
    frames: 36,
    audio: ['copied'],
    display: [320, 240],
  },
  'a start above zero, in Matroska': {
    file: 'later.mkv',
    make: [...short, '-output_ts_offset', '3'],
    frames: 36,
    audio: ['copied'],
    display: [320, 240],
  },
  'a start below zero': {
    soundFilter: 'aac_adtstoasc',
    file: 'below.ts',
    make: [...short, '-muxdelay', '0', '-muxpreload', '0', '-output_ts_offset', '95443.2177'],
    frames: 36,
    audio: ['copied'],
    shifted: true,
    warnings: ['TIMESTAMPS_SHIFTED'],
    display: [320, 240],
  },
  'sound that starts long before zero': {
    file: 'sound-below.ts',
    make: [
      ...['-itsoffset', '0.7', ...second, ...second, '-map', '0:v', '-map', '1:a', ...small, ...x264, '-c:a', 'mp2'],
      ...['-muxdelay', '0', '-muxpreload', '0', '-output_ts_offset', '95443.2177'],
    ],
    needs: ['mp2'],
    audio: ['copied'],
    warnings: ['TIMESTAMPS_SHIFTED'],
    shifted: true,
  },
  'a single frame': { file: 'one.mp4', make: [...silent, '-frames:v', '1', ...x264], frames: 1 },
  'sound that is longer than the video': {
    file: 'long-sound.mp4',
    make: [
      '-t',
      '0.5',
      '-i',
      COCKATOO,
      '-t',
      '2',
      '-i',
      COCKATOO,
      '-map',
      '0:v',
      '-map',
      '1:a',
      ...small,
      ...x264,
      '-c:a',
      'copy',
    ],
    frames: 10,
    audio: ['copied'],
  },
  'video that is longer than the sound': {
    file: 'short-sound.mkv',
    make: [...second, '-t', '0.3', '-i', COCKATOO, '-map', '0:v', '-map', '1:a', ...small, ...x264, '-c:a', 'copy'],
    frames: 20,
    audio: ['copied'],
  },
  'no sound': { file: 'silent.mp4', make: [...silent, ...x264], frames: 20, audio: [] },

  // Picture
  ...Object.fromEntries(
    Object.entries({
      'turned by 90°': [0, 1, -1, 0],
      'turned by 180°': [-1, 0, 0, -1],
      'turned by 270°': [0, -1, 1, 0],
      'flipped left to right': [-1, 0, 0, 1],
      'flipped upside down': [1, 0, 0, -1],
      'flipped and turned by 90°': [0, 1, 1, 0],
      'flipped and turned by 270°': [0, -1, -1, 0],
    } satisfies Record<string, Matrix>).map(([name, matrix]): [string, Row] => [
      name,
      {
        file: `matrix${matrix.join('_')}.mp4`,
        make: [...silent, '-t', '0.3', ...x264],
        change: withMatrix(matrix as Matrix),
        display: matrix[0] === 0 ? [90, 160] : [160, 90],
        recipe: matrix.join(),
      },
    ]),
  ),
  'turned by its codec': {
    file: 'sei.mkv',
    make: [...silent, '-frames:v', '1', ...x264, '-bsf:v', 'h264_metadata=display_orientation=insert:rotate=-90'],
    display: [90, 160],
  },
  'odd width and height, 4:4:4': {
    file: 'odd.mp4',
    make: [...second, '-an', '-vf', 'scale=161:91', ...x264, '-pix_fmt', 'yuv444p'],
    display: [161, 91],
    stream: { width: 162, height: 92, pix_fmt: 'yuv420p' },
  },
  'odd width and height, 4:2:0': {
    file: 'odd.webm',
    make: [
      ...second,
      '-an',
      '-vf',
      'scale=159:89',
      '-c:v',
      'libvpx-vp9',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-pix_fmt',
      'yuv420p',
      '-crf',
      '20',
      '-b:v',
      '0',
    ],
    needs: ['libvpx-vp9'],
    display: [159, 89],
  },
  'odd and turned': {
    file: 'odd-turned.mp4',
    make: [...second, '-an', '-vf', 'scale=161:91', ...x264, '-pix_fmt', 'yuv444p'],
    change: withMatrix([0, 1, -1, 0]),
    display: [91, 161],
  },
  '4:4:4': { file: '444.mp4', make: [...second, '-vf', 'scale=160:90', ...x264, '-c:a', 'copy'], audio: ['copied'] },
  'wide pixels': {
    file: 'wide.mp4',
    make: [...second, '-an', '-vf', 'scale=120:90,setsar=4/3,format=yuv420p', ...x264],
    display: [160, 90],
  },
  'tall pixels': {
    file: 'tall.mkv',
    make: [...second, '-an', '-vf', 'scale=160:80,setsar=8/9,format=yuv420p', ...x264],
    display: [160, 90],
  },
  'wide pixels, turned': {
    file: 'wide-turned.mp4',
    make: [...second, '-an', '-vf', 'scale=120:90,setsar=4/3,format=yuv420p', ...x264],
    change: withMatrix([0, 1, -1, 0]),
    display: [90, 160],
  },
  'interlaced MPEG-2': {
    file: 'interlaced.ts',
    make: [
      ...second,
      '-vf',
      'scale=160:96,tinterlace=interleave_top',
      '-c:v',
      'mpeg2video',
      '-q:v',
      '3',
      '-flags',
      '+ildct+ilme',
      '-c:a',
      'mp2',
    ],
    needs: ['mpeg2video', 'mp2'],
    audio: ['copied'],
    stream: { field_order: 'tt' },
    display: [160, 96],
  },
  'interlaced H.264, bottom field first': {
    file: 'interlaced.mp4',
    make: [
      ...second,
      '-an',
      '-vf',
      'scale=160:96,format=yuv420p,tinterlace=interleave_bottom',
      '-c:v',
      'libx264',
      '-x264opts',
      'bff=1',
      '-crf',
      '10',
    ],
    stream: { field_order: 'bb' },
    display: [160, 96],
  },
  'HDR with PQ': {
    colour: { color_space: 'bt2020nc', color_primaries: 'bt2020', color_transfer: 'smpte2084' },
    file: 'pq.mp4',
    make: [...second, '-an', '-vf', 'scale=160:90', ...hdr('smpte2084', mastering)],
    needs: ['libx265'],
    stream: { pix_fmt: 'yuv420p10le' },
  },
  'HDR with HLG': {
    colour: { color_space: 'bt2020nc', color_primaries: 'bt2020', color_transfer: 'arib-std-b67' },
    file: 'hlg.mkv',
    make: [...second, '-an', '-vf', 'scale=160:90', ...hdr('arib-std-b67')],
    needs: ['libx265'],
    stream: { pix_fmt: 'yuv420p10le' },
  },
  'full range, BT.709': {
    colour: { color_range: 'pc', color_space: 'bt709', color_primaries: 'bt709', color_transfer: 'bt709' },
    file: 'full.mp4',
    make: [
      ...second,
      '-an',
      '-vf',
      'scale=160:90:out_range=pc:out_color_matrix=bt709,format=yuv420p',
      ...x264,
      '-color_range',
      'pc',
      '-colorspace',
      'bt709',
      '-color_primaries',
      'bt709',
      '-color_trc',
      'bt709',
    ],
  },
  'BT.601, PAL primaries': {
    colour: { color_space: 'bt470bg', color_primaries: 'bt470bg', color_transfer: 'bt470bg' },
    file: 'pal.mp4',
    make: [...silent, ...x264, '-colorspace', 'bt470bg', '-color_primaries', 'bt470bg', '-color_trc', 'gamma28'],
  },

  // Codecs and containers
  'H.265': {
    file: 'hevc.mp4',
    make: [
      ...second,
      ...small,
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=none',
      '-c:a',
      'copy',
    ],
    needs: ['libx265'],
    audio: ['copied'],
  },
  'VP9 and Opus in WebM': {
    file: 'vp9.webm',
    make: [
      ...second,
      ...small,
      '-c:v',
      'libvpx-vp9',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-crf',
      '20',
      '-b:v',
      '0',
      '-c:a',
      'libopus',
    ],
    needs: ['libvpx-vp9', 'libopus'],
    audio: ['copied'],
  },
  'AV1 and Vorbis in Matroska': {
    file: 'av1.mkv',
    make: [...second, ...small, '-c:v', 'libsvtav1', '-preset', '12', '-crf', '30', '-c:a', 'libvorbis'],
    needs: ['libsvtav1', 'libvorbis'],
    audio: ['copied'],
  },
  'MJPEG and PCM in AVI': {
    colour: { color_range: 'pc', color_space: 'bt470bg' },
    file: 'mjpeg.avi',
    make: [...second, '-vf', 'scale=160:90', '-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj422p', '-c:a', 'pcm_s16le'],
    needs: ['mjpeg'],
    audio: ['copied'],
    timestamps: 'computed',
  },
  'MPEG-4 and ADPCM in AVI': {
    file: 'adpcm.avi',
    make: [...second, ...small, '-c:v', 'mpeg4', '-q:v', '2', '-c:a', 'adpcm_ms'],
    needs: ['mpeg4', 'adpcm_ms'],
    audio: ['aac'],
    warnings: ['STREAM_CONVERTED'],
    timestamps: 'computed',
  },
  'H.264 with B-frames in AVI': {
    file: 'bframes.avi',
    make: [...silent, '-c:v', 'libx264', '-bf', '2', '-b_strategy', '0', '-g', '10'],
    timestamps: 'computed',
  },
  'MJPEG and ADPCM in MOV, to MOV': {
    colour: { color_range: 'pc', color_space: 'bt470bg' },
    file: 'adpcm.mov',
    make: [
      ...second,
      '-vf',
      'scale=160:90',
      '-c:v',
      'mjpeg',
      '-q:v',
      '2',
      '-pix_fmt',
      'yuvj420p',
      '-c:a',
      'adpcm_ima_qt',
    ],
    needs: ['mjpeg', 'adpcm_ima_qt'],
    to: '.mov',
    audio: ['copied'],
  },
  'ProRes and 24-bit PCM in MOV': {
    file: 'prores.mov',
    make: [...second, '-vf', 'scale=160:90', '-c:v', 'prores_ks', '-c:a', 'pcm_s24le'],
    needs: ['prores_ks'],
    to: '.mov',
    audio: ['copied'],
    stream: { pix_fmt: 'yuv420p10le' },
  },
  'MPEG-2 and MP2 in a program stream': {
    file: 'mpeg2.mpg',
    make: [
      ...second,
      ...small,
      '-r',
      '25',
      '-c:v',
      'mpeg2video',
      '-q:v',
      '2',
      '-bf',
      '2',
      '-c:a',
      'mp2',
      '-ar',
      '44100',
    ],
    needs: ['mpeg2video', 'mp2'],
    audio: ['copied'],
  },
  'H.264 and AAC in a transport stream': {
    soundFilter: 'aac_adtstoasc',
    file: 'aac.ts',
    make: short,
    frames: 36,
    audio: ['copied'],
    display: [320, 240],
  },
  FLV: { file: 'flv.flv', make: short, frames: 36, audio: ['copied'], display: [320, 240] },
  'a GIF': {
    file: 'anim.gif',
    make: [...second, '-an', '-vf', 'scale=160:90,fps=10'],
    needs: ['gif'],
    // Its dithered colours do not survive 4:2:0.
    likeness: 20,
    colour: { color_range: 'tv', color_space: 'bt709' },
  },
  'an image sequence': {
    file: 'frame%03d.png',
    make: [...second, '-an', '-vf', 'scale=160:90', '-frames:v', '5', '-start_number', '3'],
    frames: 5,
    timestamps: 'computed',
    colour: { color_range: 'tv', color_space: 'bt709' },
  },
  'a still PNG': {
    file: 'still.png',
    make: [...second, '-an', '-vf', 'scale=160:90', '-frames:v', '1'],
    frames: 1,
    timestamps: 'computed',
    colour: { color_range: 'tv', color_space: 'bt709' },
  },
  ...Object.fromEntries(
    [3, 5, 6].map((orientation): [string, Row] => [
      `a JPEG with EXIF orientation ${orientation}`,
      {
        file: `exif${orientation}.jpg`,
        make: [...second, '-an', '-vf', 'scale=160:90', '-frames:v', '1', '-q:v', '2'],
        colour: { color_range: 'pc', color_space: 'bt470bg' },
        change: withExifOrientation(orientation),
        recipe: String(orientation),
        frames: 1,
        timestamps: 'computed',
        display: orientation === 3 ? [160, 90] : [90, 160],
      },
    ]),
  ),
  'a raw H.264 stream': {
    file: 'raw.h264',
    make: [...silent, '-c:v', 'libx264', '-bf', '2', '-b_strategy', '0', '-g', '10'],
    frames: 20,
    timestamps: 'computed',
  },

  // Outputs
  'MP4 to MOV': { file: 'plain.mp4', make: short, to: '.mov', frames: 36, audio: ['copied'], display: [320, 240] },
  'MP4 to Matroska': { file: 'plain.mp4', make: short, to: '.mkv', frames: 36, audio: ['copied'], display: [320, 240] },
  'MP4 to WebM': {
    file: 'plain.mp4',
    make: short,
    to: '.webm',
    options: { encoder: 'libvpx-vp9', crf: 10, preset: '8' },
    frames: 36,
    audio: ['opus'],
    warnings: ['STREAM_CONVERTED'],
    stream: { codec_name: 'vp9' },
    display: [320, 240],
  },
  'WebM to WebM, AV1': {
    file: 'vp9.webm',
    make: [
      ...second,
      ...small,
      '-c:v',
      'libvpx-vp9',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-crf',
      '20',
      '-b:v',
      '0',
      '-c:a',
      'libopus',
    ],
    needs: ['libvpx-vp9', 'libopus'],
    to: '.webm',
    options: { encoder: 'libsvtav1', preset: '12', crf: 25 },
    audio: ['copied'],
    stream: { codec_name: 'av1' },
  },
  'MP4 to H.265 in MP4': {
    file: 'plain.mp4',
    make: short,
    options: { encoder: 'libx265', preset: 'ultrafast', crf: 15 },
    frames: 36,
    audio: ['copied'],
    stream: { codec_name: 'hevc', codec_tag_string: 'hvc1' },
    display: [320, 240],
  },
  'PCM in AVI to Matroska': {
    colour: { color_range: 'pc', color_space: 'bt470bg' },
    file: 'mjpeg.avi',
    make: [...second, '-vf', 'scale=160:90', '-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj422p', '-c:a', 'pcm_s16le'],
    needs: ['mjpeg'],
    to: '.mkv',
    audio: ['copied'],
    timestamps: 'computed',
  },

  // What comes along
  'two audio tracks and text subtitles': {
    file: 'subtitles.mkv',
    make: [
      ...[...second, '-i', sidecar('a.srt', SUBRIP), '-i', sidecar('a.ass', ASS), '-i', sidecar('a.vtt', WEBVTT)],
      ...['-map', '0:v', '-map', '0:a', '-map', '0:a', '-map', '1', '-map', '2', '-map', '3', ...small, ...x264],
      ...['-c:a:0', 'copy', '-c:a:1', 'aac', '-c:s:0', 'srt', '-c:s:1', 'ass', '-c:s:2', 'webvtt'],
      ...['-metadata:s:a:0', 'language=ger', '-metadata:s:a:1', 'language=fre', '-metadata:s:s:0', 'language=eng'],
    ],
    audio: ['copied', 'copied'],
    subtitles: ['mov_text', 'mov_text', 'mov_text'],
    warnings: ['STREAM_CONVERTED', 'STREAM_CONVERTED', 'STREAM_CONVERTED'],
  },
  'text subtitles from Matroska to Matroska': {
    file: 'subtitles.mkv',
    make: [
      ...[
        ...second,
        '-i',
        sidecar('a.srt', SUBRIP),
        '-i',
        sidecar('a.ass', ASS),
        '-map',
        '0',
        '-map',
        '1',
        '-map',
        '2',
      ],
      ...[...small, ...x264, '-c:a', 'copy', '-c:s:0', 'srt', '-c:s:1', 'ass'],
    ],
    to: '.mkv',
    audio: ['copied'],
    subtitles: ['subrip', 'ass'],
  },
  'mov_text from MP4 to MP4': {
    file: 'movtext.mp4',
    make: [
      ...second,
      '-i',
      sidecar('a.srt', SUBRIP),
      '-map',
      '0',
      '-map',
      '1',
      ...small,
      ...x264,
      '-c:a',
      'copy',
      '-c:s',
      'mov_text',
    ],
    audio: ['copied'],
    subtitles: ['mov_text'],
  },
  'mov_text from MP4 to Matroska': {
    file: 'movtext.mp4',
    make: [
      ...second,
      '-i',
      sidecar('a.srt', SUBRIP),
      '-map',
      '0',
      '-map',
      '1',
      ...small,
      ...x264,
      '-c:a',
      'copy',
      '-c:s',
      'mov_text',
    ],
    to: '.mkv',
    audio: ['copied'],
    subtitles: ['subrip'],
    warnings: ['STREAM_CONVERTED'],
  },
  'picture subtitles to MP4': {
    file: 'pgs.mkv',
    make: [
      ...second,
      '-i',
      sidecar('a.sup', pgs()),
      '-map',
      '0',
      '-map',
      '1',
      ...small,
      ...x264,
      '-c:a',
      'copy',
      '-c:s',
      'copy',
    ],
    audio: ['copied'],
    subtitles: [],
    warnings: ['STREAM_DROPPED'],
  },
  'picture subtitles to Matroska': {
    file: 'pgs.mkv',
    make: [
      ...second,
      '-i',
      sidecar('a.sup', pgs()),
      '-map',
      '0',
      '-map',
      '1',
      ...small,
      ...x264,
      '-c:a',
      'copy',
      '-c:s',
      'copy',
    ],
    to: '.mkv',
    audio: ['copied'],
    subtitles: ['hdmv_pgs_subtitle'],
  },
  'chapters and titles in MP4': {
    file: 'chapters.mp4',
    make: [
      ...second,
      '-i',
      sidecar('a.txt', METADATA),
      '-map',
      '0',
      '-map_metadata',
      '1',
      '-map_chapters',
      '1',
      ...small,
      ...x264,
      '-c:a',
      'copy',
    ],
    audio: ['copied'],
    chapters: [
      [0, 'First – ünï'],
      [0.4, 'Second'],
    ],
    tags: { title: 'A bird', artist: 'Somebody' },
  },
  'chapters and titles in Matroska, to MP4': {
    file: 'chapters.mkv',
    make: [
      ...second,
      '-i',
      sidecar('a.txt', METADATA),
      '-map',
      '0',
      '-map_metadata',
      '1',
      '-map_chapters',
      '1',
      ...small,
      ...x264,
      '-c:a',
      'copy',
    ],
    audio: ['copied'],
    chapters: [
      [0, 'First – ünï'],
      [0.4, 'Second'],
    ],
    tags: { title: 'A bird', artist: 'Somebody' },
  },
  'chapters and titles in MP4, to Matroska': {
    file: 'chapters.mp4',
    make: [
      ...second,
      '-i',
      sidecar('a.txt', METADATA),
      '-map',
      '0',
      '-map_metadata',
      '1',
      '-map_chapters',
      '1',
      ...small,
      ...x264,
      '-c:a',
      'copy',
    ],
    to: '.mkv',
    audio: ['copied'],
    warnings: ['CHAPTERS_DROPPED'],
    tags: { title: 'A bird', ARTIST: 'Somebody' },
  },
};

describe.skipIf(missing('ffmpeg', '-version') || missing('ffprobe', '-version'))('media', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatbox-media-'));
  let model = '';
  beforeAll(() => {
    model = writeTinyModel(join(folder, 'model'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  describe.concurrent.each(Object.entries(ROWS))('%s', (name, row) => {
    it.skipIf(lacking(row.needs ?? [], name))(
      'is annotated whole',
      async ({ expect }) => {
        const source = await clip(row.file, row.make, row.change, row.recipe);
        const output = join(folder, `${name.replaceAll(/[^\w]/g, '_')}${row.to ?? '.mp4'}`);
        const { info, frames, totals, warnings } = await annotate({
          ...{ input: source, output, model, labels: ['grey'], minScore: 1, inputSize: '32x32', threads: 1 },
          ...{ crf: 10, preset: 'ultrafast' },
          ...row.options,
        });
        const { display } = info.video;
        const tracks = row.audio ?? [];
        const sound = tracks.length > 0;
        const [[was, is], { streams, chapters, format }] = await Promise.all([
          decode(
            { path: source, size: display, sound, soundFilter: row.soundFilter },
            { path: output, size: display, crop: true, sound },
          ),
          probe(output),
        ]);
        const annotated = streams[0]!;
        const starts = [was!.times, ...was!.sounds.map((one) => one.times)].map(({ seconds }) => seconds[0]!);
        const shift = row.shifted ? -Math.min(...starts) : 0;

        expect(warnings.map(({ code }) => code)).toEqual(row.warnings ?? []);
        expect(new Set(warnings.map(({ message }) => message)).size).toBe(warnings.length);

        const times = was!.times.seconds;
        expect(frames).toHaveLength(row.frames ?? times.length);
        expect(is!.times.seconds).toHaveLength(times.length);
        expect(totals).toMatchObject({ decoded: frames.length, encoded: frames.length });
        const { seconds, tick } = is!.times;
        expect(
          furthest(
            seconds.map((time) => time - shift),
            times,
          ),
        ).toBeLessThan(tick * 1.001);
        expect(info.video.timestamps).toBe(row.timestamps ?? 'container');

        expect([display.width, display.height]).toEqual(row.display ?? [160, 90]);
        expect([annotated.width, annotated.height]).toEqual([even(display.width), even(display.height)]);
        expect(annotated.sample_aspect_ratio ?? '1:1').toBe('1:1');
        expect(annotated.side_data_list?.some(({ rotation }) => rotation !== undefined) ?? false).toBe(false);
        expect(is!.pictures).toHaveLength(was!.pictures.length);
        const likeness = is!.pictures.map((picture, index) => psnr(picture, was!.pictures[index]!));
        expect(Math.min(...likeness)).toBeGreaterThan(row.likeness ?? 30);
        expect(coloursOf(annotated)).toEqual({ color_range: 'tv', ...row.colour });
        expect(annotated).toMatchObject(row.stream ?? {});

        const soundStreams = ofType(streams, 'audio');
        expect(soundStreams).toHaveLength(tracks.length);
        for (const [track, fate] of tracks.entries()) {
          const [before, after] = [was!.sounds[track]!, is!.sounds[track]!];
          if (fate === 'copied') expect(after.hash).toBe(before.hash);
          else expect(soundStreams[track]!.codec_name).toBe(fate);
          const tolerance = fate === 'copied' ? (before.times.tick + after.times.tick) * 1.001 : 0.07;
          // Demuxers cut PCM where they like.
          const samePackets = before.times.seconds.length === after.times.seconds.length;
          for (const end of samePackets ? [0, -1] : [0]) {
            const moved = after.times.seconds.at(end)! - shift - before.times.seconds.at(end)!;
            expect(Math.abs(moved)).toBeLessThan(tolerance);
          }
        }
        expect(ofType(streams, 'subtitle').map(({ codec_name }) => codec_name)).toEqual(row.subtitles ?? []);
        const languages = streams.slice(1).map(({ tags }) => tags?.language ?? 'und');
        if (row.languages !== undefined) expect(languages).toEqual(row.languages);
        expect(chapters.map(({ start_time, tags }) => [Number(start_time), tags?.title])).toEqual(row.chapters ?? []);
        expect(format.tags ?? {}).toMatchObject(row.tags ?? {});
      },
      180_000,
    );
  });
});

/** The greatest distance between two lists, member by member. */
function furthest(a: readonly number[], b: readonly number[]): number {
  return Math.max(0, ...a.map((value, index) => Math.abs(value - b[index]!)));
}

function even(value: number): number {
  return value + (value % 2);
}

/** Without a word on the range, YUV is limited; encoders leave that out. */
function coloursOf({ pix_fmt, color_range, color_space, color_primaries, color_transfer }: Stream): Partial<Stream> {
  const range = color_range ?? (pix_fmt?.startsWith('yuvj') ? 'pc' : 'tv');
  return Object.fromEntries(
    Object.entries({ color_range: range, color_space, color_primaries, color_transfer }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function ofType(streams: readonly Stream[], type: string): Stream[] {
  return streams.filter(({ codec_type }) => codec_type === type);
}
