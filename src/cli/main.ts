#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { HeatboxError } from '../error.ts';
import { version } from '../version.ts';
import { addAnnotate } from './annotate.ts';
import { addLabels } from './labels.ts';
import { addModels } from './models.ts';
import { addProbe } from './probe.ts';
import { exitCodeOf, report } from './report.ts';

const verbose = process.argv.includes('--verbose');

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

const program = new Command('heatbox')
  .description('Localise objects in video with the class activation maps of an image classifier.')
  .version(version, '-V, --version')
  .option('--verbose', 'show the causes of an error, and what FFmpeg says')
  .showHelpAfterError(false)
  .configureOutput({ outputError: () => {} })
  .exitOverride();

addAnnotate(program);
addProbe(program);
addLabels(program);
addModels(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) fail(error);
  else if (error.exitCode !== 0) fail(usageError(error));
}

function fail(error: unknown): void {
  report(error, verbose);
  process.exitCode = exitCodeOf(error);
}

function usageError({ code, message }: CommanderError): HeatboxError {
  const command = program.commands.find((one) => one.name() === process.argv[2]);
  const what = code === 'commander.help' ? 'no command given' : message.replace(/^error: /, '');
  return new HeatboxError('USAGE', what, {
    kind: 'usage',
    hint: `See heatbox ${command === undefined ? '' : `${command.name()} `}--help.`,
  });
}
