import { type Command, Option } from 'commander';
import { type CommandName, commandOptions } from '../../options/commands.ts';
import type { Named } from '../../options/option.ts';
import { flagsOf, helpOf } from '../../options/phrases.ts';
import { integer, list, networks, number, oneOf, origins, span, stride, time } from './values.ts';

/** Adds the options that a command has in the option table. */
export function addOptions(command: Command, name: CommandName): Command {
  for (const spec of commandOptions[name] as readonly Named[]) command.addOption(optionOf(spec));
  return command;
}

function optionOf(spec: Named): Option {
  const option = new Option(flagsOf(spec), helpOf(spec)).makeOptionMandatory(spec.required ?? false);
  const read = readerOf(spec, option.long!);
  return read === undefined ? option : option.argParser(read as Parameters<Option['argParser']>[0]);
}

/** What reads the value; undefined for texts and switches, which stay as they are. */
function readerOf(spec: Named, long: string) {
  switch (spec.type) {
    case 'integer':
      return integer(long, ...spec.range);
    case 'number':
      return number(long, ...spec.range);
    case 'stride':
      return stride(long, ...spec.range);
    case 'time':
      return time(long);
    case 'span':
      return span(long);
    case 'choice':
      return oneOf(long, spec.of);
    case 'list':
      return list(long);
    case 'origins':
      return origins(long);
    case 'networks':
      return networks(long);
    case 'paths':
    case 'switch':
    case 'text':
      return undefined;
  }
}
