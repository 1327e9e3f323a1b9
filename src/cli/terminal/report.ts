import { HeatboxError } from '../../error.ts';
import { redact } from '../../text/redact.ts';

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
  say(`heatbox: ${code}: ${sentence(message)}${hint}`);
  if (!verbose) return;
  if (!known && error instanceof Error) say(error.stack ?? '');
  for (let cause = (error as Error).cause; cause instanceof Error; cause = cause.cause)
    say(`  caused by ${cause.stack ?? cause.message}`);
}

/** A warning, one line on stderr. */
export function reportWarning(code: string, message: string): void {
  say(`heatbox: warning: ${code}: ${sentence(message)}`);
}

/** A line on stderr that is neither an error nor a warning. */
export function note(message: string): void {
  say(`heatbox: ${message}`);
}

function sentence(message: string): string {
  const line = message.replace(/\s*\n\s*/g, ' ').trim();
  const shown = line.replace(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return /[.!?]$/.test(shown) ? shown : `${shown}.`;
}

function say(text: string): void {
  process.stderr.write(`${redact(text)}\n`);
}
