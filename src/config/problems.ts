import { type Document, isMap, isNode, type LineCounter, type Node } from 'yaml';
import { z } from 'zod';
import { nearest } from '../text/nearest.ts';

/** One thing that is wrong with a configuration file. */
export interface ConfigProblem {
  /** Counted from 1; undefined where the place is not known. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** As `streams.0.source`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Of a kind: nobody reads more, and each is looked up in the file. */
const MOST_PROBLEMS = 100;

/** Translates what zod found into problems with a place in the file; unknown keys come with the nearest known ones. */
export function problemsOf(
  error: z.ZodError,
  schema: z.ZodType,
  document: Document,
  lines: LineCounter,
): ConfigProblem[] {
  return error.issues.slice(0, MOST_PROBLEMS).flatMap((issue): ConfigProblem[] => {
    if (issue.code !== 'unrecognized_keys') {
      const { line, col } = place(document, lines, issue.path);
      return [{ line, column: col, path: issue.path.join('.'), message: message(issue) }];
    }
    const known = knownKeys(schema, issue.path);
    return issue.keys.slice(0, MOST_PROBLEMS).map((key) => {
      const { line, col } = place(document, lines, [...issue.path, key]);
      const near = nearest(key, known);
      const advice = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known are ${known.join(', ')}`;
      return { line, column: col, path: [...issue.path, key].join('.'), message: `is not a known key; ${advice}` };
    });
  });
}

function message(issue: z.core.$ZodIssue): string {
  if (issue.message.endsWith('received undefined')) return 'is missing';
  return issue.message.replace(/^(Invalid|Too)/, (word) => word.toLowerCase());
}

/** The key of the innermost part of the path that is in the file. */
function place(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { line: number | undefined; col: number | undefined } {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true) as Node | undefined;
    const last = path[length - 1];
    const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(last)) : undefined;
    const node = pair?.key ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]);
  }
  return document.contents?.range ? lines.linePos(document.contents.range[0]) : { line: undefined, col: undefined };
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = unwrap(schema);
  if (path.length === 0) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  const [head, ...rest] = path;
  if (inner instanceof z.ZodArray) return knownKeys(inner.element as z.ZodType, rest);
  return inner instanceof z.ZodObject ? knownKeys(inner.shape[String(head)], rest) : [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapper ? unwrap(schema.unwrap() as z.ZodType) : schema;
}
