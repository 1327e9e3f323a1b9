import type { Command } from 'commander';
import type { FlagsOf } from '../../../options/commands.ts';
import { tell } from '../../terminal/report.ts';
import { addOptions } from '../add-options.ts';
import { describeAdded } from './add.ts';

export function addModelsConvert(models: Command): void {
  addOptions(
    models
      .command('convert')
      .description('convert a TensorFlow.js layers model to an ONNX network with class activation maps')
      .argument('<model.json>', 'the layers model, its weight files beside it'),
    'models convert',
  ).action(async (path: string, { output, ...options }: FlagsOf<'models convert'>) => {
    const { convertModel } = await import('../../../model/making/index.ts');
    const { openOnnx } = await import('../../../inference/sessions/open-onnx.ts');
    const added = await convertModel(path, { ...options, folder: output, open: openOnnx });
    tell(...describeAdded(added), `Use it with --model ${output}`);
  });
}
