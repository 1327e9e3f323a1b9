#!/usr/bin/env -S node --max-semi-space-size=2
import { CommanderError } from 'commander';
import { writeError } from '../files/output-file.ts';
import { createProgram } from './program.ts';
import { exitCodeOf, report, usageError } from './terminal/report.ts';

const program = createProgram();

// Nobody reads on: `heatbox labels | head` ends in silence, and a closed stderr takes no run down.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error);
  process.exit();
});
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) fail(error);
  // Without a command commander has shown the help, and asked for help it has not failed.
  else if (error.code === 'commander.help') process.exitCode = 2;
  else if (error.exitCode !== 0) fail(usageError(error, process.argv[2], commands()));
}

function commands(): string[] {
  return program.commands.map((command) => command.name());
}

function fail(cause: unknown): void {
  const error = isFailedWrite(cause) ? writeError('the output', cause) : cause;
  report(error, program.opts<{ verbose?: boolean }>().verbose ?? false);
  process.exitCode = exitCodeOf(error);
}

/** As of stdout on a full disk. */
function isFailedWrite(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'write';
}
