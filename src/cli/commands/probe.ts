import type { Command } from 'commander';
import { perSecond } from '../../media/frame-rate.ts';
import type { SourceInfo } from '../../media/protocol.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { redactValues } from '../../text/redact.ts';
import { visible } from '../../text/visible.ts';
import { print } from '../terminal/print.ts';
import { reportWarning } from '../terminal/report.ts';
import { addOptions } from './add-options.ts';

export function addProbe(program: Command): void {
  addOptions(
    program
      .command('probe')
      .description('show what heatbox sees in a video: size as displayed, rotation, timestamps, colour, streams')
      .argument('<input>', 'a file, an image sequence (frames/%04d.png), or an http(s) URL'),
    'probe',
  ).action(async (input: string, options: FlagsOf<'probe'>) => {
    const { openSource } = await import('../../media/source.ts');
    const source = await openSource({ input, threads: 1 }, { warning: reportWarning });
    await source.close();
    // A title may have been the address of the camera.
    const info = redactValues(source.info);
    await print(options.json ? `${JSON.stringify(info, null, 2)}\n` : describe(info));
  });
}

function describe(info: SourceInfo): string {
  const { video } = info;
  const size = ({ width, height }: { width: number; height: number }) => `${width}×${height}`;
  const rate = perSecond(video.frameRate);
  const rows: [string, string][] = [
    [
      'container',
      [
        info.container,
        info.duration === undefined ? '' : `${info.duration.toFixed(3)} s`,
        info.bitRate === undefined ? '' : `${Math.round(info.bitRate / 1000)} kb/s`,
      ]
        .filter(Boolean)
        .join(', '),
    ],
    [
      'video',
      `${video.codec}, ${video.pixelFormat} (${video.bitDepth} bit), ${Number(rate.toFixed(3))} fps${video.frameCount === undefined ? '' : `, ${video.frameCount} frames`}${video.interlaced ? ', interlaced' : ''}`,
    ],
    [
      'coded',
      `${size(video.coded)}, sample aspect ratio ${video.sampleAspectRatio.num}:${video.sampleAspectRatio.den}, rotation ${video.rotation}°${video.mirrored ? ', mirrored' : ''}`,
    ],
    ['displayed', `${size(video.display)} (the space of the boxes)`],
    [
      'colour',
      `range ${video.colour.range}, matrix ${video.colour.matrix}, primaries ${video.colour.primaries}, transfer ${video.colour.transfer}`,
    ],
    [
      'timestamps',
      `${video.timestamps === 'container' ? 'from the container' : 'computed from the frame rate, the container has none'}, time base ${video.timeBase.num}/${video.timeBase.den}`,
    ],
    ...info.streams
      .filter(({ index }) => index !== video.index)
      .map((stream): [string, string] => [
        stream.type,
        [`${stream.codec}`, stream.language, stream.title].filter(Boolean).join(', '),
      ]),
    ...info.chapters.map((chapter): [string, string] => [
      'chapter',
      `${chapter.start.toFixed(3)}–${chapter.end.toFixed(3)} s ${chapter.title}`,
    ]),
    ...Object.entries(info.metadata).map(([key, value]): [string, string] => [key, value]),
  ];
  const shown = rows.map((row) => row.map(visible) as [string, string]);
  const width = Math.max(...shown.map(([name]) => name.length));
  return `${visible(info.input)}\n${shown.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('')}`;
}
