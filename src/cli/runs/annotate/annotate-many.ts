import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HeatboxError } from '../../../error.ts';
import { expandInputs, type Inputs, outputsIn } from '../../../files/expand-inputs.ts';
import { note, report, tell } from '../../terminal/report.ts';
import { runAnnotate } from './annotate.ts';
import type { AnnotateFlags } from './annotate-flags.ts';

/**
 * `heatbox annotate` with what its command line names: one input, or several, folders and globs, each file by itself. One
 * that fails does not keep the others from being done; those that failed are listed at the end, with exit code 1.
 *
 * @throws HeatboxError where the command line is wrong, before any work.
 */
export async function runAnnotations(given: readonly string[], flags: AnnotateFlags): Promise<void> {
  const inputs = expandInputs(given);
  if (inputs === undefined) return runAnnotate(given[0] as string, flags);
  const plans = planned(inputs, flags);
  const failed: string[] = [];
  for (const [position, { input, ...files }] of plans.entries()) {
    if (!flags.quiet) note(`${position + 1} of ${plans.length}: ${input}`);
    try {
      await runAnnotate(input, { ...flags, ...files });
    } catch (error) {
      report(error, flags.verbose ?? false);
      failed.push(input);
    }
    if (process.exitCode === 130) return note(`${plans.length - position - 1} of ${plans.length} files are left`);
  }
  const done = plans.length - failed.length;
  if (!flags.quiet || failed.length > 0) note(`${done} of ${plans.length} files are done`);
  if (failed.length === 0) return;
  tell(...failed.map((input) => `  failed: ${input}`));
  process.exitCode = 1;
}

interface Plan {
  readonly input: string;
  readonly output?: string;
  readonly json?: string;
}

/** Where each file's output goes: into the folders that are named, else beside its input, and for a folder beside that. */
function planned({ files, folder }: Inputs, { output, json, profile }: AnnotateFlags): Plan[] {
  if (json === '-' || profile !== undefined) {
    const option = json === '-' ? '--json -' : '--profile';
    throw new HeatboxError('BAD_USAGE', `${option} is for a single input`, {
      kind: 'usage',
      hint: json === '-' ? 'Name a folder for the NDJSON files.' : 'Give one file.',
    });
  }
  const into = output ?? (json === undefined && folder !== undefined ? `${resolve(folder)}.annotated` : undefined);
  const videos = into === undefined ? undefined : outputsIn(into, files);
  const records = json === undefined ? undefined : outputsIn(json, files, '.ndjson');
  for (const target of [into, json]) if (target !== undefined) makeFolder(target);
  return files.map((input, position) => ({
    input,
    ...(videos && { output: videos[position] }),
    ...(records && { json: records[position] }),
  }));
}

/** @throws HeatboxError `OUTPUT_NOT_FOLDER`, `OUTPUT_FOLDER_MISSING`, `OUTPUT_NO_PERMISSION` */
function makeFolder(path: string): void {
  const fail = (
    code: 'OUTPUT_NOT_FOLDER' | 'OUTPUT_FOLDER_MISSING' | 'OUTPUT_NO_PERMISSION',
    what: string,
    hint: string,
  ) => new HeatboxError(code, `${what}: ${path}`, { value: path, kind: 'usage', hint });
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return;
    throw fail('OUTPUT_NOT_FOLDER', 'the output of several inputs is not a folder', 'Give the name of a folder.');
  }
  if (!existsSync(dirname(resolve(path))))
    throw fail(
      'OUTPUT_FOLDER_MISSING',
      'the folder of the output folder does not exist',
      'Make it, or choose another.',
    );
  try {
    mkdirSync(path);
  } catch {
    throw fail('OUTPUT_NO_PERMISSION', 'the output folder cannot be made', 'Choose another.');
  }
}
