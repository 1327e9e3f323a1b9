import { HeatboxError } from '../../error.ts';
import { openLineSink } from '../../files/line-sink.ts';
import { visible } from '../../text/visible.ts';

/**
 * Writes a command's result to stdout, all of it. Where nobody reads on, as with `| head`, that is no failure.
 *
 * @throws HeatboxError `OUTPUT_WRITE`, as on a full disk.
 */
export async function print(text: string): Promise<void> {
  try {
    await openLineSink('-', '', false).write(text);
  } catch (error) {
    if (!(error instanceof HeatboxError && error.code === 'OUTPUT_CLOSED')) throw error;
  }
}

/** Rows as lines of columns: the first to the left, the others to the right. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(visible));
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}
