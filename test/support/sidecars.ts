import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

/** Small files that clips are made of: subtitles and chapters. */

const folder = join(tmpdir(), 'heatbox-clips', 'sidecars');

/** Writes a file, named after what is in it. */
export function sidecar(name: string, content: string | Buffer): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${createHash('sha256').update(content).digest('hex').slice(0, 12)}${extname(name)}`);
  writeFileSync(path, content);
  return path;
}

export const SUBRIP = `1
00:00:00,100 --> 00:00:00,500
A <i>bird</i>, & more

2
00:00:00,600 --> 00:00:00,900
zweite Zeile – ünï
und dritte
`;

export const ASS = `[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold
Style: Default,Arial,20,&H00FFFFFF,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.10,0:00:00.50,Default,,0,0,0,,{\\b1}Bold{\\b0}, comma\\Nsecond line
`;

export const WEBVTT = `WEBVTT

00:00.100 --> 00:00.500
<b>A bird</b> &amp; more
`;

/** Two chapters, and titles for the file. */
export const METADATA = `;FFMETADATA1
title=A bird
artist=Somebody
comment=two\\
lines
[CHAPTER]
TIMEBASE=1/1000
START=0
END=400
title=First – ünï
[CHAPTER]
TIMEBASE=1/1000
START=400
END=1000
title=Second
`;

/** A Blu-ray picture subtitle (PGS): a white square from 0.1 s to 0.5 s. */
export function pgs(): Buffer {
  const segment = (time: number, type: number, body: number[]) => {
    const head = Buffer.alloc(13);
    head.write('PG', 0, 'latin1');
    head.writeUInt32BE(time * 90, 2);
    head.writeUInt8(type, 10);
    head.writeUInt16BE(body.length, 11);
    return Buffer.concat([head, Buffer.from(body)]);
  };
  const composition = (number: number, state: number, objects: number[]) => [
    0,
    160,
    0,
    90,
    0x10,
    0,
    number,
    state,
    0,
    0,
    objects.length / 8,
    ...objects,
  ];
  const window = [1, 0, 0, 10, 0, 10, 0, 8, 0, 8];
  const rows = Array.from({ length: 8 }, () => [0, 0x88, 1, 0, 0]).flat();
  const object = [0, 0, 0, 0xc0, 0, 0, rows.length + 4, 0, 8, 0, 8, ...rows];
  return Buffer.concat([
    segment(100, 0x16, composition(0, 0x80, [0, 0, 0, 0, 0, 10, 0, 10])),
    segment(100, 0x17, window),
    segment(100, 0x14, [0, 0, 1, 235, 128, 128, 255]),
    segment(100, 0x15, object),
    segment(100, 0x80, []),
    segment(500, 0x16, composition(1, 0, [])),
    segment(500, 0x17, window),
    segment(500, 0x80, []),
  ]);
}

/** A picture for the cover: one grey pixel as PNG. */
export const COVER = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);
