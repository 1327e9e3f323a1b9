import { readFileSync, writeFileSync } from 'node:fs';

/** What the ffmpeg command cannot write, put into its files byte by byte. */

/** A display matrix's upper left: a pixel (x, y) is shown at (a x + c y, b x + d y). */
export type Matrix = readonly [a: number, b: number, c: number, d: number];

/** Sets the display matrix of an MP4's or MOV's first track (`tkhd`, ISO 14496-12 8.3.2), whose numbers are 16.16. */
export function withMatrix([a, b, c, d]: Matrix): (path: string) => void {
  return (path) => {
    const file = readFileSync(path);
    const header = file.indexOf('tkhd');
    const matrix = header + 4 + (file[header + 4] === 1 ? 52 : 40);
    for (const [position, value] of [a, b, 0, c, d, 0].entries())
      file.writeInt32BE(value * 65536, matrix + 4 * position);
    writeFileSync(path, file);
  };
}

/** Puts an EXIF segment with an orientation (1 to 8) at the head of a JPEG file. */
export function withExifOrientation(orientation: number): (path: string) => void {
  return (path) => {
    const file = readFileSync(path);
    const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
    const body = Buffer.from([...Buffer.from('Exif\0\0', 'latin1'), ...tiff]);
    const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
    writeFileSync(path, Buffer.concat([file.subarray(0, 2), head, body, file.subarray(2)]));
  };
}
