import type { Command } from 'commander';

interface Options {
  labels?: string;
  preprocess?: string;
  name?: string;
  output?: string;
  force?: boolean;
}

export function addModelsAdd(models: Command): void {
  models
    .command('add')
    .description('make a classifier give class activation maps, compare it with the original, keep it under a name')
    .argument('<file>', 'an ONNX file, or a folder with one and its manifest.json')
    .option('--labels <file>', 'names of the classes, in the order of the output; "imagenet" for its 1000')
    .option('--preprocess <name>', 'how it wants its input: imagenet, caffe, tf, unit or raw; guessed otherwise')
    .option('--name <name>', 'name to keep it under; that of the file otherwise')
    .option('--output <name>', 'the output with the logits, where it has several')
    .option('--force', 'replace a model of that name')
    .action(async (file: string, options: Options) => {
      const { addModel } = await import('../model/index.ts');
      const { openOnnx } = await import('../inference/open-onnx.ts');
      const { model, cam, notes } = await addModel(file, { ...options, open: openOnnx });
      const worst = Math.max(...cam.differences.map(({ relative }) => relative));
      const { onlySize, multipleOf } = model.manifest.input;
      for (const note of notes) process.stderr.write(`${note}\n`);
      process.stderr.write(
        [
          `${model.name}: ${cam.classCount} classes, a map cell is ${cam.stride} pixels,`,
          onlySize ? `${onlySize.width}x${onlySize.height} only;` : `any size in multiples of ${multipleOf};`,
          `its logits are the original's within ${worst.toExponential(0)} on ${cam.differences.length} pictures.`,
          `\nUse it with --model ${model.name}; it is in ${model.dir}\n`,
        ].join(' '),
      );
    });
}
