import { type CodeWords, errorCodes, warningCodes } from '../../src/error-codes.ts';
import { markdownTable } from './markdown-table.ts';

/** docs/errors.md: every code with its meaning and what to do. */
export function errorPage(): string {
  return `# Errors and warnings

heatbox prints a failure on one line: \`heatbox: CODE: what went wrong. What to do.\` The code never changes its meaning, so
scripts can rely on it. In the library it is the \`code\` of a \`HeatboxError\`, whose \`hint\` says what to do about this one
failure. \`--verbose\` adds the causes.

The exit code is 1 if a run failed, 2 if the command line or the input is at fault, and 130 if you interrupted it.

## Errors

${table(errorCodes)}

## Warnings

The run continues. The command line prints \`heatbox: warning: CODE: …\`; the library calls \`onWarning(code, message)\`.

${table(warningCodes)}
`;
}

function table(codes: Readonly<Record<string, CodeWords>>): string {
  return markdownTable(
    ['code', 'meaning', 'what to do'],
    Object.entries(codes).map(([code, { meaning, remedy }]) => [`\`${code}\``, meaning, remedy]),
  );
}
