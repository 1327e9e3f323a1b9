import { COCKATOO, SHORT } from '../../support/clips.ts';
import { type Row, second, short, silent, small, x264 } from './row.ts';

/** Timestamps. */
export const time: Readonly<Record<string, Row>> = {
  'a plain clip': { file: 'plain.mp4', make: short, frames: 36, display: [320, 240], audio: ['copied'] },

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
  ...Object.fromEntries(
    ['mp4', 'mkv', 'ts', 'avi', 'flv', 'h264'].map((extension): [string, Row] => [
      `a part of ${extension}`,
      {
        file: `part.${extension}`,
        make: [
          ...[
            '-f',
            'lavfi',
            '-i',
            'testsrc2=s=160x90:r=20:d=2,gblur=4,format=yuv420p',
            '-c:v',
            'libx264',
            '-crf',
            '10',
          ],
          ...['-g', '15', ...(extension === 'avi' || extension === 'h264' ? ['-bf', '0'] : ['-bf', '3'])],
          ...(extension === 'ts' ? ['-muxdelay', '0', '-muxpreload', '0'] : []),
        ],
        options: { start: 1.35, duration: 0.3 },
        frames: 6,
        ...(extension === 'avi' || extension === 'h264' ? { timestamps: 'computed' } : {}),
        ...(extension === 'h264' ? { warnings: ['SEEK_FAILED'] } : {}),
      },
    ]),
  ),
};
