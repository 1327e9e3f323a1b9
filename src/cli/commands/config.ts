import type { Command } from 'commander';
import { visible } from '../../text/visible.ts';
import { print } from '../terminal/print.ts';
import { tell } from '../terminal/report.ts';

export function addConfig(program: Command): void {
  const config = program.command('config').description("look at serve's configuration files");
  config
    .command('check')
    .description('say everything that is wrong with a configuration file')
    .argument('<file>')
    .action(async (path: string) => {
      const { readFile } = await import('node:fs/promises');
      const { describeProblem, loadConfig, parseConfig } = await import('../../config/load.ts');
      const text = await readFile(path, 'utf8').catch(() => undefined);
      const parsed = text === undefined ? undefined : parseConfig(text, process.env);
      if (parsed !== undefined && 'problems' in parsed) {
        for (const problem of parsed.problems) tell(describeProblem(path, problem));
        process.exitCode = 2;
        return;
      }
      const { streams } = await loadConfig(path, process.env);
      await print(`${visible(`${path} is good: ${streams.map(({ name }) => name).join(', ')}`)}\n`);
    });
  config
    .command('schema')
    .description('print the JSON Schema, for editors')
    .action(async () => {
      const { configJsonSchema } = await import('../../config/schema.ts');
      await print(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
