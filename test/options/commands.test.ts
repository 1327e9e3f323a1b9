/** The help of every command against the option table. */
import { describe, expect, it } from 'vitest';
import { leavesOf } from '../../scripts/docs/option-tables.ts';
import { createProgram } from '../../src/cli/program.ts';
import { type CommandName, commandOptions } from '../../src/options/commands.ts';
import type { Named } from '../../src/options/option.ts';
import { defaultInWords, flagsOf } from '../../src/options/phrases.ts';

const commands = leavesOf(createProgram());

it('has every command, and no other', () => {
  expect(commands.map(({ name }) => name).sort()).toEqual(Object.keys(commandOptions).sort());
});

describe.each(commands)('heatbox $name', ({ name, command }) => {
  const specs: readonly Named[] = commandOptions[name as CommandName];

  it('takes the options of the table, and no other', () => {
    expect(command.options.map(({ flags }) => flags)).toEqual(specs.map(flagsOf));
    const required = specs.filter((spec) => spec.required).map(flagsOf);
    expect(command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags)).toEqual(required);
  });

  it('says of them in its help what the table says, with the default', () => {
    const help = flat(command.helpInformation());
    for (const spec of specs) {
      expect(help).toContain(flat(`${flagsOf(spec)} ${spec.words}`));
      const absent = defaultInWords(spec);
      if (absent !== undefined) expect(help).toContain(flat(`(default: ${absent})`));
    }
  });

  it('takes what lies in the range of the table, and refuses what does not', () => {
    for (const [index, spec] of specs.entries()) {
      if (!('range' in spec)) continue;
      const { parseArg } = command.options[index]!;
      const [low, high] = spec.range;
      for (const end of [low, high]) expect(parseArg!(String(end), undefined)).toBe(end);
      for (const beyond of [low - 1, high + 1])
        expect(() => parseArg!(String(beyond), undefined)).toThrow(`"${beyond}" is not`);
    }
  });

  it('has no default but those that are left to the run', () => {
    for (const { defaultValue } of command.options) expect(defaultValue).toBeUndefined();
  });
});

/** Without the line breaks of the help. */
function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}
