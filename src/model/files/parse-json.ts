/** Of Keras' models within models; what is deeper is no network, and what walks it would run out of stack. */
const MOST_DEPTH = 128;

/**
 * Parses JSON from a file of somebody else's.
 *
 * @throws Error where it is not JSON, or nested too deep.
 */
export function parseJson(text: string): unknown {
  let depth = 0;
  // A text, or a bracket outside of one.
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"?|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > MOST_DEPTH) throw new Error(`it is nested more than ${MOST_DEPTH} levels deep`);
  }
  return JSON.parse(text);
}
