import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root.ts';
import { type CommandName, commandOptions } from '../../src/options/commands.ts';
import { configurationPage, configurationSchema } from './configuration-page.ts';
import { errorPage } from './error-page.ts';
import { commandPage, optionTable } from './option-tables.ts';

/** The pages that are made from the code, by their paths from the root: `npm run docs` writes them. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/commands.md', commandPage()],
    ['docs/configuration.md', configurationPage()],
    ['docs/configuration.schema.json', configurationSchema()],
    ['docs/errors.md', errorPage()],
    ['README.md', withTables(readFileSync(join(packageRoot(), 'README.md'), 'utf8'))],
  ]);
}

/** A page with the tables of options between `<!-- options of COMMAND -->` and `<!-- end -->` as they are now. */
export function withTables(page: string): string {
  return page.replace(/(<!-- options of (.+?) -->\n).*?(\n<!-- end -->)/gs, (_, start, command, end) => {
    if (!Object.hasOwn(commandOptions, command)) throw new Error(`there is no command ${command}`);
    return `${start}\n${optionTable(command as CommandName)}\n${end}`;
  });
}
