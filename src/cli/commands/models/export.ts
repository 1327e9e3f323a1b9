import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { FlagsOf } from '../../../options/commands.ts';
import { tell } from '../../terminal/report.ts';
import { addOptions } from '../add-options.ts';

export function addModelsExport(models: Command): void {
  addOptions(
    models
      .command('export')
      .description('write a model as one ONNX file that runs without heatbox, e.g. one that was taught')
      .argument('<name|dir>', 'which'),
    'models export',
  ).action(async (which: string, { output, force }: FlagsOf<'models export'>) => {
    const { HeatboxError } = await import('../../../error.ts');
    const { writeError } = await import('../../../files/output-file.ts');
    const { loadModel } = await import('../../../model/index.ts');
    const { exportModel } = await import('../../../model/making/index.ts');
    const { openOnnx } = await import('../../../inference/sessions/open-onnx.ts');
    const model = await loadModel(which, { open: openOnnx });
    const bytes = await exportModel(model);
    await writeFile(output, bytes, { flag: force ? 'w' : 'wx' }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw writeError(output, cause);
      throw new HeatboxError('OUTPUT_EXISTS', `${output} is there already`, {
        value: output,
        hint: 'Use --force to replace it.',
        kind: 'usage',
      });
    });
    const { input, outputs } = model.manifest;
    tell(
      `${output}: ${(bytes.length / 1e6).toFixed(0)} MB; takes '${input.name}' (uint8, NHWC, RGB), gives '${outputs.maps}' and '${outputs.logits}'`,
    );
  });
}
