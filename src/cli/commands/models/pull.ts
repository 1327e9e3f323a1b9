import type { Command } from 'commander';
import type { FlagsOf } from '../../../options/commands.ts';
import { tell } from '../../terminal/report.ts';
import { addOptions } from '../add-options.ts';

export function addModelsPull(models: Command): void {
  addOptions(
    models
      .command('pull')
      .description('fetch models of the registry, compare them with their hashes, and make them ready')
      .argument('<name...>', 'their names, as heatbox models list shows them'),
    'models pull',
  ).action(async (names: string[], { registry, offline }: FlagsOf<'models pull'>) => {
    const { pullModel } = await import('../../../model/fetch/index.ts');
    const { openOnnx } = await import('../../../inference/sessions/open-onnx.ts');
    const { openByteProgress } = await import('../../terminal/byte-progress.ts');
    for (const name of names) {
      const progress = openByteProgress(name);
      try {
        const { fetched } = await pullModel(name, {
          registry,
          open: openOnnx,
          offline: offline ?? process.env.HEATBOX_OFFLINE === '1',
          onProgress: progress.update,
        });
        progress.end();
        tell(`${name} ${fetched ? 'is here' : 'was here already'}; use it with --model ${name}`);
      } finally {
        progress.end();
      }
    }
  });
}
