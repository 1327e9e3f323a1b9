import type { Argument, Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { type CommandName, commandOptions } from '../../src/options/commands.ts';
import type { Named } from '../../src/options/option.ts';
import { defaultInWords, flagsOf, rangeInWords } from '../../src/options/phrases.ts';
import { markdownTable } from './markdown-table.ts';

/** The options of a command as a table. */
export function optionTable(name: CommandName): string {
  return markdownTable(
    ['option', 'what it does', 'values', 'default'],
    (commandOptions[name] as readonly Named[]).map((spec) => [
      `\`${flagsOf(spec)}\`${spec.required ? ', required' : ''}`,
      spec.words,
      rangeInWords(spec) ?? '',
      defaultInWords(spec) ?? '',
    ]),
  );
}

/** docs/commands.md: every command with its arguments and options. */
export function commandPage(): string {
  const sections = leavesOf(createProgram()).map(({ name, command }) => {
    const takes = command.registeredArguments.map(
      (argument) => `- \`${wordOf(argument)}\`${argument.description && `: ${argument.description}`}`,
    );
    const parts = [`## heatbox ${name}`, `${upper(command.description())}.`, takes.join('\n')];
    if (commandOptions[name].length > 0) parts.push(optionTable(name));
    return parts.filter((part) => part !== '').join('\n\n');
  });
  return `# Commands

\`heatbox --help\` and \`heatbox COMMAND --help\` say the same. \`--verbose\` may stand before any command. What failed, and what to
do, is in [errors](errors.md); the keys of a configuration for \`heatbox serve\` are in [configuration](configuration.md).

${sections.join('\n\n')}
`;
}

/** The commands that do something, by their names behind `heatbox`. */
export function leavesOf(command: Command, before = ''): { readonly name: CommandName; readonly command: Command }[] {
  return command.commands.flatMap((one) => {
    const name = `${before}${one.name()}`;
    return one.commands.length > 0 ? leavesOf(one, `${name} `) : [{ name: name as CommandName, command: one }];
  });
}

function wordOf(argument: Argument): string {
  const word = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${word}>` : `[${word}]`;
}

function upper(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
