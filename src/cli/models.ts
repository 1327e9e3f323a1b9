import type { Command } from 'commander';
import { addModelsAdd } from './models-add.ts';
import { addModelsConvert } from './models-convert.ts';
import { addModelsInspect } from './models-inspect.ts';

export function addModels(program: Command): void {
  const models = program.command('models').description('look at, add and fetch networks');
  addModelsInspect(models);
  addModelsAdd(models);
  addModelsConvert(models);
}
