import { type Document, isAlias, isMap, isScalar, Lexer, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { ConfigProblem } from './problems.ts';

export interface Yaml {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** A configuration of 64 streams has a tenth of it. In UTF-16 units. */
const MOST_TEXT = 256 * 1024;

/** Levels of brackets, and columns of indentation: the parser takes minutes for a thousand levels. */
const MOST_DEPTH = 32;
const MOST_INDENTATION = 200;

/** Nobody reads more of them. */
const MOST_PROBLEMS = 100;

/** What the lexer puts before a plain or quoted text. */
const TEXT_FOLLOWS = '\u001f';
/** Tokens of the lexer that are not in the text. */
const MARKS = new Set([TEXT_FOLLOWS, '\u0002', '\u0018']);

/**
 * Parses YAML whose cost is bounded: in size, in depth and in what its aliases stand for.
 */
export function readYaml(text: string): Yaml | { readonly problems: readonly ConfigProblem[] } {
  const lines = new LineCounter();
  const problem = (offset: number, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, path: '', message };
  };
  if (text.length > MOST_TEXT)
    return { problems: [problem(0, `is too large: ${text.length} characters; ${MOST_TEXT} are the most`)] };
  const deep = tooDeep(text);
  if (deep !== undefined) {
    lines.lineStarts.push(...lineStarts(text));
    return { problems: [problem(deep, 'is nested too deep')] };
  }
  // The parser compares every key of a map with all others.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const errors = document.errors.length > 0 ? document.errors.map(({ pos, message }) => ({ at: pos[0], message })) : [];
  if (errors.length === 0) errors.push(...repeatedKeys(document), ...aliasProblem(document));
  if (errors.length === 0) return { document, lines };
  return {
    problems: errors
      .slice(0, MOST_PROBLEMS)
      .map(({ at, message }) => problem(at, `is not YAML: ${withoutSource(message)}`)),
  };
}

/** The offset of what lies too deep. */
function tooDeep(text: string): number | undefined {
  const indented = new RegExp(`^[ \\t?:-]{${MOST_INDENTATION}}`, 'm').exec(text);
  if (indented !== null) return indented.index;
  let depth = 0;
  let offset = 0;
  let isText = false;
  for (const token of new Lexer().lex(text)) {
    if (!isText && (token === '[' || token === '{') && ++depth > MOST_DEPTH) return offset;
    if (!isText && (token === ']' || token === '}')) depth = Math.max(0, depth - 1);
    isText = token === TEXT_FOLLOWS;
    if (!MARKS.has(token)) offset += token.length;
  }
  return undefined;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function repeatedKeys(document: Document): { at: number; message: string }[] {
  const found: { at: number; message: string }[] = [];
  visit(document, {
    Map(_, map) {
      if (!isMap(map)) return;
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push({ at: key.range?.[0] ?? 0, message: 'Map keys must be unique' });
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** Aliases of aliases can stand for far more than the file has. */
function aliasProblem(document: Document): { at: number; message: string }[] {
  try {
    document.toJS();
    return [];
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    let first: Node | undefined;
    visit(document, {
      Alias(_, alias) {
        if (!isAlias(alias)) return undefined;
        first = alias;
        return visit.BREAK;
      },
    });
    const message = error.message.startsWith('Excessive') ? 'its aliases stand for too much' : error.message;
    return [{ at: first?.range?.[0] ?? 0, message }];
  }
}

/** The parser's words without the piece of the file that they end in: a password with a `*` before it is an alias. */
function withoutSource(message: string): string {
  return message.replace(/:? *["'`].*$|:.*$/s, '');
}
