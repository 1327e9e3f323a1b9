import { Command } from 'commander';
import { version } from '../files/version.ts';
import { addAnnotate } from './commands/annotate.ts';
import { addConfig } from './commands/config.ts';
import { addDevices } from './commands/devices.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addEvents } from './commands/events.ts';
import { addExport } from './commands/export.ts';
import { addLabels } from './commands/labels.ts';
import { addModels } from './commands/models.ts';
import { addProbe } from './commands/probe.ts';
import { addServe } from './commands/serve.ts';
import { addSign } from './commands/sign.ts';
import { addTeach } from './commands/teach.ts';
import { addTrack } from './commands/track.ts';
import { addWatch } from './commands/watch.ts';

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
  addSign(program);
  addEvents(program);
  addExport(program);
  addConfig(program);
  addProbe(program);
  addDevices(program);
  addLabels(program);
  addEvaluate(program);
  addTrack(program);
  addTeach(program);
  addModels(program);
  return program;
}
