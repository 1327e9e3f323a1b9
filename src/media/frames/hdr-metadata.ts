import {
  AV_FRAME_DATA_CONTENT_LIGHT_LEVEL,
  AV_FRAME_DATA_MASTERING_DISPLAY_METADATA,
  AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
  AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
} from 'node-av/constants';
import type { CodecParameters, Frame } from 'node-av/lib';

/** What a high dynamic range picture was mastered on and how bright it gets (SMPTE ST 2086, CTA-861.3), as FFmpeg stores it. */
export interface HdrMetadata {
  readonly mastering?: Buffer;
  readonly light?: Buffer;
}

export function hdrMetadataOf(frame: Frame): HdrMetadata {
  const mastering = frame.getSideData(AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  const light = frame.getSideData(AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  // Copies: the frame's own are gone with it.
  return { ...(mastering && { mastering: Buffer.from(mastering) }), ...(light && { light: Buffer.from(light) }) };
}

/** Tells the container of them. */
export function addHdrMetadata(parameters: CodecParameters, { mastering, light }: HdrMetadata): void {
  if (mastering) parameters.addCodedSideData(AV_PKT_DATA_MASTERING_DISPLAY_METADATA, mastering);
  if (light) parameters.addCodedSideData(AV_PKT_DATA_CONTENT_LIGHT_LEVEL, light);
}

/** The names that an encoder's own options have for them. */
export interface HdrNames {
  readonly mastering: string;
  readonly light: string;
  /** Whether it takes whole numbers of 0.00002 and of 0.0001 cd/m², as H.264 and H.265 store them; else decimals. */
  readonly counts: boolean;
}

/** The same as an encoder's options, each `name=value`. */
export function hdrOptions({ mastering, light }: HdrMetadata, { counts, ...names }: HdrNames): string[] {
  const options: string[] = [];
  const display = mastering && displayOption(mastering, counts);
  if (display) options.push(`${names.mastering}=${display}`);
  if (light) options.push(`${names.light}=${light.readUInt32LE(0)},${light.readUInt32LE(4)}`);
  return options;
}

/** Of `AVMasteringDisplayMetadata`: x and y of red, green, blue and white, least and greatest luminance; ratios all. */
function displayOption(data: Buffer, counts: boolean): string | undefined {
  const [hasPrimaries, hasLuminance] = [data.readInt32LE(80), data.readInt32LE(84)];
  if (!hasPrimaries || !hasLuminance) return undefined;
  const value = (index: number, unit: number) => {
    const number = data.readInt32LE(8 * index) / data.readInt32LE(8 * index + 4);
    return counts ? Math.round(number * unit) : number;
  };
  const point = (index: number) => `(${value(index, 50_000)},${value(index + 1, 50_000)})`;
  return `G${point(2)}B${point(4)}R${point(0)}WP${point(6)}L(${value(9, 10_000)},${value(8, 10_000)})`;
}
