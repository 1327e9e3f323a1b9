import { type Document, isScalar, visit } from 'yaml';

export interface Missing {
  readonly name: string;
  /** Offset in the file. */
  readonly offset: number;
}

const VARIABLE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Replaces `${NAME}` in the document's values (not keys) by the environment's; `$${` stands for `${`. It works on parsed
 * values, so that nothing in a variable can add structure. Returns the variables that are not set.
 */
export function substitute(document: Document, environment: Readonly<Record<string, string | undefined>>): Missing[] {
  const missing: Missing[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || !isScalar(node) || typeof node.value !== 'string') return;
      const offset = node.range?.[0] ?? 0;
      node.value = node.value.replace(VARIABLE, (_, name: string | undefined) => {
        if (name === undefined) return '${';
        const value = environment[name];
        if (value === undefined) missing.push({ name, offset });
        return value ?? '';
      });
    },
  });
  return missing;
}
