import { HeatboxError } from '../error.ts';

/**
 * Reads a CSV file with a line of column names, fields in double quotes where they have commas.
 *
 * @param columns The columns that must be there; others are passed over.
 * @param optional Columns that are read where they are there, and empty otherwise.
 * @returns One record a line that is not empty.
 * @throws HeatboxError `BAD_CSV`, naming the file and the missing columns or the line with too few fields.
 */
export function parseCsv<Column extends string, Optional extends string = never>(
  text: string,
  columns: readonly Column[],
  path: string,
  optional: readonly Optional[] = [],
): Readonly<Record<Column | Optional, string>>[] {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = fieldsOf(head);
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw bad(path, `has no column ${missing.join(', ')}`, `Its first line must name ${columns.join(',')}.`);
  }
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const fields = fieldsOf(line);
    if (fields.length < names.length) throw bad(path, `line ${index + 2} has ${fields.length} fields: ${line}`);
    const wanted = [...columns, ...optional];
    return [Object.fromEntries(wanted.map((column) => [column, fields[names.indexOf(column)] ?? ''])) as never];
  });
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

function fieldsOf(line: string): string[] {
  const fields = line.match(/(?<=^|,)("(?:[^"]|"")*"|[^,]*)/g) ?? [];
  return fields.map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field.trim()));
}

function bad(path: string, reason: string, hint?: string): HeatboxError {
  return new HeatboxError('BAD_CSV', `${path} ${reason}`, { value: path, kind: 'usage', hint });
}
