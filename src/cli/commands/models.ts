import type { Command } from 'commander';
import { addModelsAdd } from './models/add.ts';
import { addModelsConvert } from './models/convert.ts';
import { addModelsExport } from './models/export.ts';
import { addModelsInspect } from './models/inspect.ts';
import { addModelsList } from './models/list.ts';
import { addModelsPull } from './models/pull.ts';
import { addModelsQuantize } from './models/quantize.ts';
import { addModelsRemove } from './models/remove.ts';
import { addModelsVerify } from './models/verify.ts';

export function addModels(program: Command): void {
  const models = program
    .command('models')
    .description('list, fetch, look at, add, convert, quantise and remove networks');
  addModelsList(models);
  addModelsPull(models);
  addModelsVerify(models);
  addModelsRemove(models);
  addModelsInspect(models);
  addModelsExport(models);
  addModelsAdd(models);
  addModelsConvert(models);
  addModelsQuantize(models);
}
