import type { Command } from 'commander';
import type { AddedModel } from '../../../model/making/index.ts';
import type { FlagsOf } from '../../../options/commands.ts';
import { tell } from '../../terminal/report.ts';
import { addOptions } from '../add-options.ts';

export function addModelsAdd(models: Command): void {
  addOptions(
    models
      .command('add')
      .description('make a classifier give class activation maps, compare it with the original, keep it under a name')
      .argument('<file>', 'an ONNX file, a model.json of TensorFlow.js, or a folder with one and its manifest.json'),
    'models add',
  ).action(async (file: string, options: FlagsOf<'models add'>) => {
    const { addModel } = await import('../../../model/making/index.ts');
    const { openOnnx } = await import('../../../inference/sessions/open-onnx.ts');
    const added = await addModel(file, { ...options, open: openOnnx });
    const { name, dir } = added.model;
    tell(...describeAdded(added), `Use it with --model ${name}; it is in ${dir}`);
  });
}

/** What was assumed, and what came of it: a line each. */
export function describeAdded({ model, cam, notes }: AddedModel): string[] {
  const { classCount, stride, input } = model.manifest;
  const { onlySize, multipleOf } = input;
  const facts = [
    `${model.name}: ${classCount} classes, a map cell is ${stride} pixels`,
    onlySize ? `${onlySize.width}x${onlySize.height} only` : `any size in multiples of ${multipleOf}`,
  ];
  if (cam !== undefined && cam.differences.length > 0) {
    const worst = Math.max(...cam.differences.map(({ relative }) => relative));
    facts.push(`its logits are the original's within ${worst.toExponential(0)} on ${cam.differences.length} pictures`);
  }
  return [...notes, `${facts.join('; ')}.`];
}
