import { HeatboxError } from '../../error.ts';
import type { WarningCode } from '../../error-codes.ts';
import { redact } from '../../text/redact.ts';
import { visible } from '../../text/visible.ts';

/** Commander's error in heatbox's words, with the help to turn to: that of the command, where it is one. */
export function usageError({ message }: Error, command: string | undefined, commands: readonly string[]): HeatboxError {
  const about = command !== undefined && commands.includes(command) ? `${command} ` : '';
  return new HeatboxError('USAGE', message.replace(/^error: /, ''), {
    kind: 'usage',
    hint: `See heatbox ${about}--help.`,
  });
}

/** Exit codes: 1 failed while running, 2 bad usage or bad input. */
export function exitCodeOf(error: unknown): number {
  return error instanceof HeatboxError && error.kind === 'usage' ? 2 : 1;
}

/** One line on stderr: the code, what was wrong, what to do. With `verbose`, the causes below it. */
export function report(error: unknown, verbose: boolean): void {
  const known = error instanceof HeatboxError;
  const code = known ? error.code : 'INTERNAL';
  const advice = known ? error.hint : 'This is a fault of heatbox: report it with what --verbose shows.';
  const message = error instanceof Error ? error.message : String(error);
  const hint = advice === undefined ? '' : ` ${advice}`;
  tell(`heatbox: ${code}: ${sentence(message)}${hint}`);
  if (!verbose) return;
  if (!known && error instanceof Error) tellStack(error);
  for (let cause = (error as Error).cause; cause instanceof Error; cause = cause.cause) tellStack(cause, 'caused by ');
}

/** A warning, one line on stderr. */
export function reportWarning(code: WarningCode, message: string): void {
  tell(`heatbox: warning: ${code}: ${sentence(message)}`);
}

/** A line on stderr that is neither an error nor a warning. */
export function note(message: string): void {
  tell(`heatbox: ${oneLine(message)}`);
}

/** Lines on stderr, without secrets, and with everything escaped that a terminal would act upon. */
export function tell(...lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${visible(redact(line))}\n`);
}

/** Indented, so that no line of a message can be taken for one of heatbox's. */
function tellStack({ stack, message }: Error, before = ''): void {
  const [first = '', ...others] = (stack ?? message).split('\n');
  tell(`  ${before}${first}`, ...others.map((line) => `    ${line.trimStart()}`));
}

function sentence(message: string): string {
  const line = oneLine(message);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

function oneLine(message: string): string {
  return message
    .split('\n')
    .map((part) => part.trim())
    .join(' ')
    .trim();
}
