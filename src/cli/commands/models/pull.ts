import type { Command } from 'commander';
import { tell } from '../../terminal/report.ts';

export function addModelsPull(models: Command): void {
  models
    .command('pull')
    .description('fetch models of the registry, compare them with their hashes, and make them ready')
    .argument('<name...>', 'their names, as heatbox models list shows them')
    .option('--registry <file>', 'another registry than the one that ships with heatbox')
    .option('--offline', 'use no network: take what was downloaded before (also with HEATBOX_OFFLINE=1)')
    .action(async (names: string[], { registry, offline }: { registry?: string; offline?: boolean }) => {
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
