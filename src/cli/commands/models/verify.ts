import type { Command } from 'commander';
import { visible } from '../../../text/visible.ts';
import { print } from '../../terminal/print.ts';

export function addModelsVerify(models: Command): void {
  models
    .command('verify')
    .description('compare the files of models with their hashes')
    .argument('[name|dir...]', 'which; all that are here otherwise')
    .action(async (names: string[]) => {
      const { listModels, verifyModel } = await import('../../../model/fetch/index.ts');
      const { openOnnx } = await import('../../../inference/sessions/open-onnx.ts');
      const which = names.length > 0 ? names : (await listModels([])).map(({ name }) => name);
      let failure: unknown;
      for (const name of which) {
        const result = await verifyModel(name, openOnnx).catch((error: Error) => {
          // All are looked at before the first that is not sound is reported.
          failure ??= error;
          return undefined;
        });
        await print(`${result === undefined ? 'not sound' : 'sound    '}  ${visible(name)}\n`);
      }
      if (failure !== undefined) throw failure;
    });
}
