import type { Command } from 'commander';
import { type AccuracyName, accuracies } from '../../cam/accuracy.ts';
import type { AnnotateFlags } from '../runs/annotate-flags.ts';
import { addLabelOptions, addNetworkOptions } from './analysis-options.ts';
import { integer, number, oneOf, span, stride, time } from './values.ts';

export function addAnnotate(program: Command): void {
  const command = program
    .command('annotate')
    .description('draw boxes, names and tracks on a video, or write them as NDJSON')
    .argument('<input>', 'a file, an image sequence (frames/%04d.png), or an http(s) URL')
    .option(
      '-o, --output <file>',
      'the annotated video: .mp4, .mov, .mkv or .webm (default: <name>.annotated.mp4 beside the input)',
    )
    .option('--json <file>', 'write the boxes as NDJSON; - is stdout. Without -o nothing is encoded');
  addLabelOptions(command);
  command
    .option(
      '--accuracy <name>',
      'work that goes into a frame: fast, balanced (1.7 times) or accurate (3.4 times) (default: fast)',
      oneOf('--accuracy', Object.keys(accuracies) as AccuracyName[]),
    )
    .option(
      '--input-size <WxH>',
      "what the network sees, multiples of 32 (default: about 224×224 pixels, twice as many if accurate, at the video's aspect)",
    )
    .option(
      '--stride <n|auto>',
      'run the network on every nth frame, or where it is worth it; boxes between follow the motion (default: auto; 1 with --heatmap or --no-tracks)',
      stride('--stride'),
    )
    .option('--heatmap', 'blend the heat map of the surest object in')
    .option(
      '--heatmap-opacity <x>',
      'how much of it where it is hottest, 0 to 1 (default: 0.6); implies --heatmap',
      number('--heatmap-opacity', 0, 1),
    )
    .option('--no-tracks', 'show the boxes of each frame without following them')
    .option('--start <time>', 'begin here: seconds or hh:mm:ss', time('--start'))
    .option('--duration <time>', 'stop after this much', span('--duration'))
    .option('--batch <n>', 'frames the network takes at once (default: 4)', integer('--batch', 1, 64))
    .option(
      '--threads <n>',
      'threads of the network, the decoder and the encoder each (default: all cores)',
      integer('--threads', 1, 256),
    );
  addNetworkOptions(command);
  command
    .option('--hwaccel <name>', "decode in hardware: FFmpeg's name of the device type, as cuda or vaapi")
    .option(
      '--encoder <name>',
      'libx264, libx265, libsvtav1, libvpx-vp9, h264_nvenc, … (default: libx264; for .webm libvpx-vp9)',
    )
    .option('--crf <n>', "constant quality, on the encoder's scale (default: 20 for libx264)", number('--crf', 0, 100))
    .option('--preset <name>', "the encoder's preset (default: libx264's veryfast, with fewer frames in memory)")
    .option('--profile <file>', 'write what each thread did when, for Perfetto or chrome://tracing')
    .option('--force', 'replace existing outputs')
    .option('--quiet', 'no progress bar and no summary')
    .option('--verbose', 'show causes of errors, and what FFmpeg says')
    .action(async (input: string) => {
      const { runAnnotate } = await import('../runs/annotate.ts');
      await runAnnotate(input, command.optsWithGlobals<AnnotateFlags>());
    });
}
