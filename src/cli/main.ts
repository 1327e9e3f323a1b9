#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { HeatboxError } from '../error.ts';
import { version } from '../version.ts';
import { addAnnotate } from './annotate.ts';
import { addLabels } from './labels.ts';
import { addModels } from './models.ts';
import { addProbe } from './probe.ts';
import { exitCodeOf, report } from './report.ts';

const program = new Command('heatbox')
  .description('Localise objects in video with the class activation maps of an image classifier.')
  .version(version, '-V, --version')
  .option('--verbose', 'show the chain of causes of an error, and what FFmpeg says')
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
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  const shown = error instanceof CommanderError ? usageError(error) : error;
  report(shown, process.argv.includes('--verbose'));
  process.exitCode = exitCodeOf(shown);
}

function usageError(error: CommanderError): HeatboxError {
  if (error.code === 'commander.help')
    return new HeatboxError('USAGE', 'no command given', { kind: 'usage', hint: 'See heatbox --help.' });
  return new HeatboxError('USAGE', error.message.replace(/^error: /, ''), {
    kind: 'usage',
    hint: 'See heatbox --help.',
  });
}
