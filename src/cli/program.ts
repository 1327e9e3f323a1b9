import { Command } from 'commander';
import { version } from '../files/version.ts';
import { addAnnotate } from './annotate.ts';
import { addConfig } from './config.ts';
import { addDevices } from './devices.ts';
import { addEvaluate } from './evaluate.ts';
import { addEvents } from './events.ts';
import { addExport } from './export.ts';
import { addLabels } from './labels.ts';
import { addModels } from './models.ts';
import { addProbe } from './probe.ts';
import { addServe } from './serve.ts';
import { addTrack } from './track.ts';
import { addWatch } from './watch.ts';

/** The command line. Throws commander's errors instead of ending the process; what a command needs is loaded when it runs. */
export function createProgram(): Command {
  const program = new Command('heatbox')
    .description('Localise objects in video with the class activation maps of an image classifier.')
    .version(version, '-V, --version')
    .option('--verbose', 'show the causes of an error, and what FFmpeg says')
    .showHelpAfterError(false)
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  addAnnotate(program);
  addWatch(program);
  addServe(program);
  addEvents(program);
  addExport(program);
  addConfig(program);
  addProbe(program);
  addDevices(program);
  addLabels(program);
  addEvaluate(program);
  addTrack(program);
  addModels(program);
  return program;
}
