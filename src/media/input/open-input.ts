import { accessSync, constants, type Stats, statSync } from 'node:fs';
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_DEPENDENT,
  AV_NOPTS_VALUE,
  AVERROR_EINVAL,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { avGetCodecName, Dictionary, FormatContext, type Stream } from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { redact } from '../../text/redact.ts';
import { allowedDemuxers, manifestError, URL_REFUSED } from './demuxers.ts';
import { imageSequence, isPattern } from './image-sequence.ts';
import { sourceError } from './source-error.ts';
import { lacksTimescale } from './time-scale.ts';

export interface OpenedInput {
  readonly format: FormatContext;
  readonly video: Stream;
}

/** Demuxers that read anything that looks like text: FFmpeg would draw a text file as an ANSI terminal. */
const TEXT_DEMUXERS = new Set(['tty', 'bin', 'xbin', 'adf', 'idf']);

/**
 * Opens a file, an image sequence pattern or an `http(s)://` URL and finds its main video stream.
 *
 * The protocols FFmpeg may use are limited to those of the input, so that a playlist in a file cannot reach the network
 * and one on the network cannot read files; its demuxers are limited to those that read nothing else unasked.
 *
 * @throws HeatboxError `SOURCE_…` that says what is wrong with the input.
 */
export function openInput(input: string): OpenedInput {
  const remote = /^https?:\/\//i.test(input);
  const sequence = !remote && isPattern(input) ? imageSequence(input) : undefined;
  if (!remote && sequence === undefined) checkFile(input);
  const format = new FormatContext();
  const shown = redact(input);
  try {
    const options = Dictionary.fromObject({
      format_whitelist: allowedDemuxers(input),
      ...(remote
        ? { protocol_whitelist: 'http,https,tcp,tls,crypto,httpproxy', rw_timeout: '15000000' }
        : {
            protocol_whitelist: 'file',
            ...(sequence ? { start_number: String(sequence.first) } : { pattern_type: 'none' }),
          }),
    });
    const code = format.openInputSync(remote ? input : `file:${input}`, null, options);
    const refused = code < 0 ? manifestError(input, shown) : undefined;
    if (refused !== undefined) throw refused;
    if (remote && code === AVERROR_EINVAL)
      throw new HeatboxError('SOURCE_IS_MANIFEST', `could not open ${shown}: ${URL_REFUSED}`, {
        value: shown,
        kind: 'usage',
      });
    if (code < 0) throw sourceError(input, { doing: 'open', code });
    refuseText(format, shown);
    const found = format.findStreamInfoSync();
    if (found < 0) throw sourceError(input, { doing: 'read the streams of', code: found });
    return { format, video: mainVideo(format, input) };
  } catch (error) {
    format.closeInputSync();
    throw error;
  }
}

/** Where a source's clock begins, in seconds; 0 where it has none. A transport stream's may begin anywhere. */
export function beginningOf({ startTime }: FormatContext): number {
  return startTime === AV_NOPTS_VALUE ? 0 : Number(startTime) / 1e6;
}

/** @throws HeatboxError `SOURCE_NO_VIDEO` where what was opened is text. */
export function refuseText(format: FormatContext, shown: string): void {
  if (TEXT_DEMUXERS.has(format.iformat?.name ?? '')) throw notVideo(shown);
}

/**
 * The stream to watch: FFmpeg's choice, cover pictures left aside.
 *
 * @throws HeatboxError `SOURCE_NO_VIDEO`, or `SOURCE_TILED` where the picture is not a stream but made of several: FFmpeg would
 * take a tile for it, or the thumbnail beside them; or `SOURCE_NO_CLOCK` where no time of it means anything.
 */
export function mainVideo(format: FormatContext, path: string): Stream {
  const shown = redact(path);
  const videos = format.streams.filter(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_VIDEO);
  const tiles = videos.filter(isTile);
  if (tiles.length > 0) throw tiled(shown, tiles.length);
  const candidates = videos.filter((stream) => !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC));
  const best = format.findBestStream(AVMEDIA_TYPE_VIDEO);
  const video = candidates.find((stream) => stream.index === best) ?? candidates[0];
  if (video === undefined) throw notVideo(shown);
  if (video.timeBase.num === video.timeBase.den && lacksTimescale(path)) throw withoutClock(shown);
  return video;
}

/** A stream that is a part of another's picture; enhancement layers are also that, and the stream they enhance is whole. */
function isTile(stream: Stream): boolean {
  return stream.hasDisposition(AV_DISPOSITION_DEPENDENT) && avGetCodecName(stream.codecpar.codecId) !== 'lcevc';
}

function tiled(shown: string, count: number): HeatboxError {
  return new HeatboxError(
    'SOURCE_TILED',
    `the picture in ${shown} is made of ${count} tiles, as phones store HEIC and AVIF photos; heatbox cannot put them together`,
    {
      value: shown,
      kind: 'usage',
      hint: 'Convert it first: "heif-convert photo.heic photo.png", or export it as JPEG.',
    },
  );
}

function withoutClock(shown: string): HeatboxError {
  return new HeatboxError(
    'SOURCE_NO_CLOCK',
    `the video of ${shown} has a timescale of 0: its timestamps mean nothing`,
    {
      value: shown,
      kind: 'usage',
      hint: 'Make a new file with its frame rate, here 25: "ffmpeg -i input.mp4 -an -vf settb=1/25,setpts=N -r 25 output.mp4".',
    },
  );
}

function notVideo(shown: string): HeatboxError {
  return new HeatboxError('SOURCE_NO_VIDEO', `no video stream in ${shown}`, {
    value: shown,
    kind: 'usage',
    hint: 'Give a file with a video stream, an image, or an image sequence such as frames/%04d.png.',
  });
}

const NAME_HINT = 'heatbox cannot open such names: rename the file, or make a link to it, as "ln -s OLD new.mp4".';

/** Says what is wrong with a path before FFmpeg sees it: its own words would be "Invalid data" or "Input/output error". */
export function checkFile(path: string): void {
  const fail = (code: ErrorCode, what: string, hint: string, cause?: unknown) => {
    throw new HeatboxError(code, `${what}: ${path}`, { value: path, kind: 'usage', hint, cause });
  };
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(path)?.[1];
  if (scheme !== undefined) {
    throw new HeatboxError('SOURCE_SCHEME', `cannot annotate ${redact(path)}: "${scheme}:" URLs are not read`, {
      kind: 'usage',
      hint: 'Give the path of a file or of an image sequence, or an http(s) URL.',
    });
  }
  if (path === '-')
    fail(
      'SOURCE_NOT_FILE',
      'standard input cannot be read',
      'heatbox goes back and forth in its input: save the video to a file first.',
    );
  if (isPattern(path) && path.includes('\ufffd')) fail('SOURCE_NAME', 'the pattern is not UTF-8', NAME_HINT);
  if (isPattern(path))
    fail('SOURCE_NOT_FOUND', 'no image of that pattern', 'Check the folder, and the digits in %04d.');
  try {
    const stat = statSync(path);
    if (stat.isDirectory())
      fail(
        'SOURCE_IS_FOLDER',
        'the input is a folder',
        'Name a file in it, or an image sequence such as frames/%04d.png.',
      );
    if (!stat.isFile())
      fail(
        'SOURCE_NOT_FILE',
        `the input is ${kindOf(stat)}`,
        'heatbox goes back and forth in its input: save the video to a file first.',
      );
    if (stat.size === 0)
      fail('SOURCE_EMPTY', 'the input file is empty', 'Check that it was copied or recorded to its end.');
    accessSync(path, constants.R_OK);
  } catch (error) {
    if (error instanceof HeatboxError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES' || code === 'EPERM')
      fail(
        'SOURCE_NO_PERMISSION',
        'no permission to read the input',
        'Change its permissions, or run as a user who may read it.',
        error,
      );
    if (path.includes('\ufffd')) fail('SOURCE_NAME', 'the name of the input is not UTF-8', NAME_HINT, error);
    fail('SOURCE_NOT_FOUND', 'no such input file', 'Check the path.', error);
  }
}

function kindOf(stat: Stats): string {
  return stat.isFIFO() ? 'a pipe' : stat.isSocket() ? 'a socket' : 'a device';
}
