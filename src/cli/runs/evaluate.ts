import { writeFile } from 'node:fs/promises';
import { evaluateFolders } from '../../../pipelines/evaluate-folders.ts';
import { evaluateImages } from '../../../pipelines/evaluate-images.ts';
import { evaluateVideo } from '../../../pipelines/evaluate-video.ts';
import type { ClipRow, VideoReport } from '../../evaluate/clip-report.ts';
import type { FolderReport } from '../../evaluate/folder-report.ts';
import type { BoxAccuracy, ImageReport } from '../../evaluate/image-report.ts';
import { writeSheet } from '../../evaluate/worst-sheet.ts';
import { writeError } from '../../files/output-file.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { visible } from '../../text/visible.ts';
import type { Label } from '../../types.ts';
import { print, table } from '../terminal/print.ts';
import { networkOf } from './analysis-flags.ts';

export type EvaluateFlags = FlagsOf<'evaluate'>;

const WORST = 36;

/**
 * `heatbox evaluate`: prints the figures as a table.
 *
 * @throws HeatboxError
 */
export async function runEvaluate(flags: EvaluateFlags): Promise<void> {
  const say = (text: string) => {
    if (!flags.quiet && process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${visible(text)}`);
  };
  const { inputSize } = networkOf(flags);
  if (flags.images !== undefined && flags.boxes !== undefined) {
    const { images, boxes, worst: sheet } = flags;
    const onProgress = (done: number, all: number) => say(`  ${done} of ${all} images`);
    if (flags.byFolder) {
      const report = await evaluateFolders({ ...flags, inputSize, images, boxes, onProgress });
      say('');
      return give(flags, report, describeFolders(report));
    }
    const { report, model, worst } = await evaluateImages({ ...flags, inputSize, images, boxes, onProgress });
    say('');
    if (sheet !== undefined) await writeSheet(sheet, images, worst(WORST));
    await give(flags, report, describeImages(report, flags.perClass ? model.labels : undefined));
  } else if (flags.video !== undefined) {
    const onProgress = (done: number, all: number, clip: string) => say(`  ${clip}, ${done + 1} of ${all} clips`);
    const report = await evaluateVideo({ ...flags, inputSize, video: flags.video, onProgress });
    say('');
    await give(flags, report, describeVideo(report));
  }
}

async function give({ json }: EvaluateFlags, report: object, text: string): Promise<void> {
  const data = `${JSON.stringify(report, null, 2)}\n`;
  await print(json === '-' ? data : text);
  if (json === undefined || json === '-') return;
  await writeFile(json, data).catch((cause: unknown) => {
    throw writeError(json, cause);
  });
}

function describeImages(report: ImageReport, labels: readonly Label[] | undefined): string {
  const { images, top1, top5, top1Localisation, cam, centred, classes } = report;
  const row = (name: string, { maxBoxAcc, maxBoxAccV2, v2, chosen }: BoxAccuracy) => [
    name,
    ...[maxBoxAcc, maxBoxAccV2, ...v2].map((value) => value.toFixed(1)),
    chosen.map((value) => value.toFixed(3)).join(' '),
  ];
  const head = ['', 'MaxBoxAcc', 'MaxBoxAccV2', 'IoU .3', '.5', '.7', 'threshold or side of each half'];
  const text = [
    table([head, row('class activation maps', cam), row('centred box', centred)]),
    `${images} images; top-1 ${top1.toFixed(1)}, top-5 ${top5.toFixed(1)}, top-1 localisation ${top1Localisation.toFixed(1)}\n`,
  ];
  if (labels !== undefined) {
    const rows = [...classes]
      .sort((a, b) => a.meanOverlap - b.meanOverlap)
      .map(({ classIndex, images: count, top1: right, boxAcc, meanOverlap }) => [
        `${labels[classIndex]!.name} (${classIndex})`,
        ...[count, right.toFixed(0), boxAcc.toFixed(0), (100 * meanOverlap).toFixed(1)].map(String),
      ]);
    text.push('\n', table([['class', 'images', 'top-1', 'IoU ≥ .5', 'mean IoU'], ...rows]));
  }
  return text.join('');
}

function describeFolders({ pictures, balancedAccuracy, accuracy, classes }: FolderReport): string {
  const digits = (value: number | undefined) => value?.toFixed(1) ?? '';
  const rows = classes.map(({ name, pictures: count, precision, recall, boxes, objects }) => [
    visible(name),
    String(count),
    ...[precision, recall, boxes?.maxBoxAcc, boxes?.maxBoxAccV2, objects?.averagePrecision, objects?.found].map(digits),
  ]);
  const head = ['class', 'images', 'precision', 'recall', 'MaxBoxAcc', 'MaxBoxAccV2', 'AP .5', 'objects found'];
  const text = `${pictures} images; ${digits(accuracy)} % right, mean over classes ${digits(balancedAccuracy)} %\n`;
  return table([head, ...rows]) + text;
}

function describeVideo({ clips, mean }: VideoReport): string {
  const row = (
    name: string,
    { frameBoxes, trackBoxes, labels, centred }: Omit<ClipRow, 'clip' | 'frames' | 'threshold'>,
    threshold: string,
  ) => [
    name,
    ...[trackBoxes.corLoc, trackBoxes.meanIou, trackBoxes.idSwitches, trackBoxes.jitter].map((value) =>
      value.toFixed(1),
    ),
    ...[frameBoxes.corLoc, frameBoxes.meanIou, frameBoxes.jitter].map((value) => value.toFixed(1)),
    ...[labels.right, labels.changes].map((value) => value.toFixed(1)),
    ...[centred.corLoc, centred.meanIou].map((value) => value.toFixed(1)),
    threshold,
  ];
  return table([
    ['', 'tracks', '', '', '', 'frames alone', '', '', 'names', '', 'centred box', '', ''],
    [
      'clip',
      'CorLoc',
      'IoU',
      'id switches',
      'jitter',
      'CorLoc',
      'IoU',
      'jitter',
      'right',
      'changes',
      'CorLoc',
      'IoU',
      'threshold',
    ],
    ...clips.map((clip) => row(clip.clip, clip, String(clip.threshold))),
    row('mean', mean, ''),
  ]);
}
