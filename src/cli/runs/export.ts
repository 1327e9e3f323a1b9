import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HeatboxError } from '../../error.ts';
import { EXPORTS, type ExportFormat, exportRecording } from '../../exports/index.ts';
import { planOutput } from '../../files/output-file.ts';
import { nearest } from '../../text/nearest.ts';
import { visibleLines } from '../../text/visible.ts';
import { reportWarning } from '../terminal/report.ts';

/** `heatbox export` */
export async function runExport(
  input: string,
  {
    format,
    output,
    stream,
    session,
    force,
  }: { format: string; output?: string; stream?: string; session?: string; force?: boolean },
): Promise<void> {
  if (!Object.hasOwn(EXPORTS, format)) {
    const near = nearest(format, Object.keys(EXPORTS));
    throw new HeatboxError('BAD_VALUE', `--format "${format}" is not known`, {
      kind: 'usage',
      value: format,
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Give one of ${Object.keys(EXPORTS).join(', ')}.`,
    });
  }
  const file = output === undefined ? undefined : planOutput(output, input, force ?? false);
  const selected = { stream, session, onWarning: reportWarning };
  const text = Readable.from(await exportRecording(input, format as ExportFormat, selected));
  try {
    if (file !== undefined) await pipeline(text, createWriteStream(file.temporary));
    else await pipeline(process.stdout.isTTY ? text.map(visibleLines) : text, process.stdout, { end: false });
    file?.commit();
  } catch (error) {
    file?.discard();
    throw error;
  }
}
