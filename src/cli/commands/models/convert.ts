import type { Command } from 'commander';
import { tell } from '../../terminal/report.ts';
import { describeAdded } from './add.ts';

interface Options {
  output: string;
  labels?: string;
  preprocess?: string;
  name?: string;
  force?: boolean;
}

export function addModelsConvert(models: Command): void {
  models
    .command('convert')
    .description('convert a TensorFlow.js layers model to an ONNX network with class activation maps')
    .argument('<model.json>', 'the layers model, its weight files beside it')
    .requiredOption('-o, --output <dir>', 'the model folder to write')
    .option('--labels <file>', 'names of the classes, in the order of the output; "imagenet" for its 1000')
    .option('--preprocess <name>', 'how it wants its input: imagenet, caffe, tf, unit or raw; guessed otherwise')
    .option('--name <name>', 'name of the model; that of the folder of model.json otherwise')
    .option('--force', 'replace a folder that is there')
    .action(async (path: string, { output, ...options }: Options) => {
      const { convertModel } = await import('../../../model/making/index.ts');
      const { openOnnx } = await import('../../../inference/sessions/open-onnx.ts');
      const added = await convertModel(path, { ...options, folder: output, open: openOnnx });
      tell(...describeAdded(added), `Use it with --model ${output}`);
    });
}
