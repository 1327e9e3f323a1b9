import { CsvError, parse } from 'csv-parse/sync';
import { HeatboxError } from '../error.ts';

/**
 * Reads a CSV file with a line of column names (RFC 4180: fields in double quotes where they have commas, quotes or line
 * ends).
 *
 * @param columns The columns that must be there; others are passed over.
 * @param optional Columns that are read where they are there, and empty otherwise.
 * @returns One record a line that is not empty.
 * @throws HeatboxError `BAD_CSV`, naming the file and the missing columns or the line that cannot be read.
 */
export function parseCsv<Column extends string, Optional extends string = never>(
  text: string,
  columns: readonly Column[],
  path: string,
  optional: readonly Optional[] = [],
): Readonly<Record<Column | Optional, string>>[] {
  const [names = [], ...rows] = linesOf(text, path);
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw bad(path, `has no column ${missing.join(', ')}`, { hint: `Its first line must name ${columns.join(',')}.` });
  }
  const wanted = [...columns, ...optional];
  return rows.map((row) => Object.fromEntries(wanted.map((name) => [name, row[names.indexOf(name)] ?? ''])) as never);
}

/**
 * Reads a field that must be a number.
 *
 * @throws HeatboxError `BAD_CSV`
 */
export function numberOf(field: string, column: string, path: string): number {
  const value = field === '' ? Number.NaN : Number(field);
  if (Number.isFinite(value)) return value;
  throw bad(path, `${column} "${field}" is not a number`);
}

/** The fields of each line, none with fewer than the first, which names them. */
function linesOf(text: string, path: string): string[][] {
  let width = 0;
  let read = 0;
  try {
    return parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      // Spreadsheets leave commas behind: more fields than names are passed over.
      relax_column_count: true,
      on_record(fields: string[], { lines }) {
        width ||= fields.length;
        read = lines;
        if (fields.length >= width) return fields;
        throw bad(path, `line ${lines} has ${fields.length} fields: ${fields.join(',')}`);
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    // Such a field goes on to the end of the file, where the parser notices it.
    if (cause.code === 'CSV_QUOTE_NOT_CLOSED')
      throw bad(path, `has a quote after line ${read} that is not closed`, { cause });
    throw bad(path, `line ${cause.lines} cannot be read: ${cause.message}`, { cause });
  }
}

function bad(path: string, reason: string, more: { hint?: string; cause?: unknown } = {}): HeatboxError {
  return new HeatboxError('BAD_CSV', `${path} ${reason}`, { value: path, kind: 'usage', ...more });
}
