import type { Command } from 'commander';
import { tell } from '../../terminal/report.ts';

export function addModelsRemove(models: Command): void {
  models
    .command('remove')
    .description('remove models that were added or pulled')
    .argument('<name...>', 'which')
    .action(async (names: string[]) => {
      const { removeModel } = await import('../../../model/fetch/index.ts');
      for (const name of names) {
        const { dir, bytes } = await removeModel(name);
        tell(`${name} is removed (${(bytes / 1e6).toFixed(0)} MB in ${dir})`);
      }
    });
}
