import type { AccessUnit, VideoConfig } from '../../../src/protocol/video.ts';
import type { Size } from '../../../src/types.ts';
import { clip } from '../../support/clips.ts';
import { commandBytes } from '../../support/command.ts';
import { run } from '../../support/tools.ts';

export const FRAME_US = 40_000;
/** The square's side and the distance between it and its box, pixels. */
export const SIDE = 40;
export const MARGIN = 8;

/** Where the red square is in frame `n`: elsewhere in each of them. */
export function squareAt(n: number): { x: number; y: number } {
  return { x: 12 + ((6 * n) % 250), y: 12 + ((4 * n) % 170) };
}

export interface Clip {
  readonly config: Omit<VideoConfig, 'session'>;
  /** In decode order; ptsUs from 0. */
  readonly units: readonly AccessUnit[];
  /** One for each frame, in order. */
  readonly jpegs: readonly Uint8Array[];
}

/** H.264 of a red square on grey, cut into access units, with a JPEG of every frame. */
export async function movingSquare(name: string, frames: number, size: Size, ...encoding: string[]): Promise<Clip> {
  const grey = `color=c=0x404040:s=${size.width}x${size.height}:r=25:d=${frames / 25}`;
  const square = `color=c=red:s=${SIDE}x${SIDE}:r=25`;
  // The filter counts frames from 1.
  const place = `overlay=x='12+mod(6*(n-1),250)':y='12+mod(4*(n-1),170)':eval=frame:shortest=1`;
  const path = await clip(`${name}.mp4`, [
    ...['-f', 'lavfi', '-i', `${grey}[b];${square}[s];[b][s]${place},format=yuv420p`],
    ...['-c:v', 'libx264', '-preset', 'fast', '-crf', '16', ...encoding],
  ]);
  const packets: { pts_time: string; flags: string }[] = JSON.parse(
    run('ffprobe', '-v', 'error', '-select_streams', 'v:0', '-show_packets', '-of', 'json', path),
  ).packets;
  const filters = 'h264_mp4toannexb,h264_metadata=aud=insert';
  const [stream, pictures] = await Promise.all([
    commandBytes('ffmpeg', '-v', 'error', '-i', path, '-c', 'copy', '-bsf:v', filters, '-f', 'h264', '-'),
    commandBytes('ffmpeg', '-v', 'error', '-i', path, '-q:v', '2', '-f', 'mjpeg', '-'),
  ]);
  const datas = split(stream, Buffer.from([0, 0, 0, 1, 9]));
  const first = Math.min(...packets.map(({ pts_time }) => Number(pts_time)));
  const units = packets.map(({ pts_time, flags }, index) => ({
    ptsUs: Math.round((Number(pts_time) - first) * 1e6),
    key: flags.startsWith('K'),
    data: datas[index]!,
  }));
  const parameters = stream.subarray(stream.indexOf(Buffer.from([0, 0, 0, 1, 0x67])) + 5).subarray(0, 3);
  const codec = `avc1.${parameters.toString('hex')}`;
  const jpegs = split(pictures, Buffer.from([0xff, 0xd8, 0xff]));
  return { config: { codec, coded: size, display: size, rotation: 0 }, units, jpegs };
}

function split(bytes: Buffer, start: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(start); at >= 0; at = bytes.indexOf(start, at + start.length)) starts.push(at);
  return starts.map((at, index) => bytes.subarray(at, starts[index + 1]));
}
