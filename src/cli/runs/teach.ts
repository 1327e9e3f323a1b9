import { basename } from 'node:path';
import { writeTeachSheet } from '../../../pipelines/teach/sheet.ts';
import { type Taught, teach } from '../../../pipelines/teach/teach.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { visible } from '../../text/visible.ts';
import { print, table } from '../terminal/print.ts';
import { tell } from '../terminal/report.ts';

export type TeachFlags = FlagsOf<'teach'>;

const MOST_DOUBTFUL = 10;

/**
 * `heatbox teach`: prints how well the classes are told apart, and which pictures are doubtful.
 *
 * @throws HeatboxError
 */
export async function runTeach(paths: readonly string[], flags: TeachFlags): Promise<void> {
  const say = (text: string) => {
    if (!flags.quiet && process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${visible(text)}`);
  };
  const onProgress = (done: number, all: number) => say(`  ${done} of ${all} pictures`);
  const taught = await teach({ ...flags, paths, keepClasses: flags.keepImagenet, onProgress });
  say('');
  await print(describe(taught));
  if (flags.sheet !== undefined) await writeTeachSheet(flags.sheet, taught, flags);
  tell(`Use it with --model ${taught.model.name}; it is in ${taught.model.dir}`);
}

function describe({ report, classes, files }: Taught): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const rows = report.classes.map(({ pictures, precision, recall, wantsMore }, index) => [
    classes[index]!,
    String(pictures),
    percent(precision),
    percent(recall),
    wantsMore ? 'would help' : 'no need',
  ]);
  const lines = [
    table([['class', 'pictures', 'precision', 'recall', 'more pictures'], ...rows.map((row) => row.map(visible))]),
  ];
  const shown = report.doubtful.slice(0, MOST_DOUBTFUL);
  for (const { position, takenFor, score } of shown) {
    const { path, className } = files[position]!;
    const other = takenFor === undefined ? 'no class' : classes[takenFor]!;
    lines.push(visible(`doubtful: ${basename(path)} of ${className} (${percent(score)}) is taken for ${other}`), '\n');
  }
  const more = report.doubtful.length - shown.length;
  if (more > 0) lines.push(`and ${more} more\n`);
  return lines.join('');
}
