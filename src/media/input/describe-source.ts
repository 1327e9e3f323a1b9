import {
  AV_FRAME_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVMEDIA_TYPE_ATTACHMENT,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_DATA,
  AVMEDIA_TYPE_SUBTITLE,
  AVMEDIA_TYPE_VIDEO,
  type AVPixelFormat,
} from 'node-av/constants';
import { avGetCodecName, type Frame, type Stream } from 'node-av/lib';
import { redact } from '../../text/redact.ts';
import { frameRateOf, lacksTimestamps } from '../clock/clock-policy.ts';
import { type Ratio, ratioOf, reduce } from '../frames/av.ts';
import { type DisplayTransform, displayTransform } from '../frames/display-transform.ts';
import { isInterlaced, pixelFormat } from '../frames/frame-format.ts';
import type { Chapter, Colour, SourceInfo, StreamInfo, VideoInfo } from '../protocol.ts';
import type { OpenedInput } from './open-input.ts';

type StreamKind = StreamInfo['type'];

/** What `probe` tells of a source; the video's properties are those of its first decoded frame. */
export function describeSource(
  input: string,
  opened: OpenedInput,
  first: Frame,
  computedTimestamps: boolean,
  chapters: Chapter[],
): SourceInfo {
  const { format, video } = opened;
  const duration = format.duration;
  return {
    input: redact(input),
    container: format.iformat?.name ?? 'unknown',
    duration: duration > 0n ? Number(duration) / 1e6 : undefined,
    bitRate: format.bitRate > 0n ? Number(format.bitRate) : undefined,
    video: describeVideo(video, first, computedTimestamps || lacksTimestamps(format.iformat)),
    streams: format.streams.map(describeStream),
    chapters,
    metadata: format.metadata?.getAll() ?? {},
  };
}

/**
 * How a frame is shown: the display matrix of the frame, else of the stream, else that of the frame that came first, which
 * some codecs alone give one; with the sample aspect ratio of the stream, else of the frame.
 */
export function transformOf(stream: Stream, frame: Frame, first?: DisplayTransform): DisplayTransform {
  const matrix =
    frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX) ?? stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  return displayTransform(matrix, { width: frame.width, height: frame.height }, aspectOf(stream, frame), first);
}

/** FFmpeg's name of a stream's codec. Frames that were never coded are raw video, whatever FFmpeg wraps them in. */
export function codecName({ codecpar: { codecId } }: Stream): string {
  const name = avGetCodecName(codecId) ?? 'unknown';
  return name === 'wrapped_avframe' ? 'rawvideo' : name;
}

export function streamKind(stream: Stream): StreamKind {
  switch (stream.codecpar.codecType) {
    case AVMEDIA_TYPE_VIDEO:
      return 'video';
    case AVMEDIA_TYPE_AUDIO:
      return 'audio';
    case AVMEDIA_TYPE_SUBTITLE:
      return 'subtitle';
    case AVMEDIA_TYPE_DATA:
      return 'data';
    case AVMEDIA_TYPE_ATTACHMENT:
      return 'attachment';
    default:
      return 'unknown';
  }
}

function describeVideo(stream: Stream, frame: Frame, computedTimestamps: boolean): VideoInfo {
  const { display, rotation, mirrored } = transformOf(stream, frame);
  const format = pixelFormat(frame.format as AVPixelFormat);
  return {
    index: stream.index,
    codec: codecName(stream),
    pixelFormat: format.name,
    bitDepth: format.bitDepth,
    coded: { width: frame.width, height: frame.height },
    display,
    rotation,
    mirrored,
    sampleAspectRatio: aspectOf(stream, frame),
    frameRate: frameRateOf(stream),
    timeBase: ratioOf(stream.timeBase),
    frameCount: stream.nbFrames > 0n ? Number(stream.nbFrames) : undefined,
    colour: colourOf(frame),
    interlaced: isInterlaced(frame),
    timestamps: computedTimestamps ? 'computed' : 'container',
  };
}

function aspectOf(stream: Stream, frame: Frame): Ratio {
  // The container's word comes before the codec's, as in FFmpeg.
  for (const ratio of [stream.sampleAspectRatio, frame.sampleAspectRatio]) {
    if (ratio.num > 0 && ratio.den > 0) return reduce(ratio);
  }
  return { num: 1, den: 1 };
}

function describeStream(stream: Stream): StreamInfo {
  const metadata = stream.metadata?.getAll() ?? {};
  // A track of an MP4 or MOV calls its title its name.
  const title = metadata.title ?? metadata.name;
  return {
    index: stream.index,
    type: streamKind(stream),
    codec: codecName(stream),
    language: metadata.language || undefined,
    title: title || undefined,
  };
}

const RANGES = ['unknown', 'tv', 'pc'];
// ITU-T H.273 code points, by FFmpeg's names.
const MATRICES: Record<number, string> = {
  0: 'gbr',
  1: 'bt709',
  4: 'fcc',
  5: 'bt470bg',
  6: 'smpte170m',
  7: 'smpte240m',
  8: 'ycgco',
  9: 'bt2020nc',
  10: 'bt2020c',
  14: 'ictcp',
};
const PRIMARIES: Record<number, string> = {
  1: 'bt709',
  4: 'bt470m',
  5: 'bt470bg',
  6: 'smpte170m',
  7: 'smpte240m',
  8: 'film',
  9: 'bt2020',
  10: 'smpte428',
  11: 'smpte431',
  12: 'smpte432',
  22: 'ebu3213',
};
const TRANSFERS: Record<number, string> = {
  1: 'bt709',
  4: 'gamma22',
  5: 'gamma28',
  6: 'smpte170m',
  7: 'smpte240m',
  8: 'linear',
  11: 'iec61966-2-4',
  13: 'iec61966-2-1',
  14: 'bt2020-10',
  15: 'bt2020-12',
  16: 'smpte2084',
  18: 'arib-std-b67',
};

function colourOf(frame: Frame): Colour {
  return {
    range: RANGES[frame.colorRange] ?? 'unknown',
    matrix: MATRICES[frame.colorSpace] ?? 'unknown',
    primaries: PRIMARIES[frame.colorPrimaries] ?? 'unknown',
    transfer: TRANSFERS[frame.colorTrc] ?? 'unknown',
  };
}
