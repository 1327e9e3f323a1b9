import type { Command } from 'commander';
import type { ListedModel } from '../../../model/fetch/index.ts';
import type { FlagsOf } from '../../../options/commands.ts';
import { visible } from '../../../text/visible.ts';
import { print } from '../../terminal/print.ts';
import { addOptions } from '../add-options.ts';

const origin = { shipped: 'ships with heatbox', user: 'yours', registry: 'can be pulled' } as const;

export function addModelsList(models: Command): void {
  addOptions(
    models.command('list').description('list the models that are here, and those that can be pulled'),
    'models list',
  ).action(async ({ registry, json }: FlagsOf<'models list'>) => {
    const { listModels, readRegistry } = await import('../../../model/fetch/index.ts');
    const found = await listModels(await readRegistry(registry));
    await print(json ? found.map((model) => `${JSON.stringify(model)}\n`).join('') : table(found));
  });
}

function table(models: readonly ListedModel[]): string {
  const rows = models.map(({ name, from, bytes, licence, description }) =>
    [name, origin[from], `${(bytes / 1e6).toFixed(0)} MB`, licence, description].map(visible),
  );
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`).join('');
}
