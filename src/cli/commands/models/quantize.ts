import type { Command } from 'commander';
import type { FlagsOf } from '../../../options/commands.ts';
import { modelOptions } from '../../../options/models.ts';
import { tell } from '../../terminal/report.ts';
import { addOptions } from '../add-options.ts';

export function addModelsQuantize(models: Command): void {
  addOptions(
    models
      .command('quantize')
      .description('make the 8-bit form of a model, which CPUs with dot-product instructions run several times as fast')
      .argument('<name|dir>', 'which model; the result goes into its folder'),
    'models quantize',
  ).action(async (which: string, { calibrate, ...wanted }: FlagsOf<'models quantize'>) => {
    const { loadModel } = await import('../../../model/index.ts');
    const { quantiseModel } = await import('../../../model/making/index.ts');
    const { openOnnx } = await import('../../../inference/sessions/open-onnx.ts');
    const { calibrationPictures } = await import('../../../../pipelines/calibration-pictures.ts');
    const model = await loadModel(which, { open: openOnnx });
    const pictures = await calibrationPictures(calibrate, model, wanted.pictures ?? modelOptions.pictures.default);
    const { path, bytes, convolutions, agreement } = await quantiseModel(model, pictures, openOnnx);
    const { sameClass, pictures: compared, difference } = agreement;
    tell(
      `${model.name}: ${convolutions} convolutions in 8 bits, ${(bytes / 1e6).toFixed(0)} MB in ${path}`,
      `The best class is the same on ${sameClass} of the ${compared} pictures; the logits differ by ${(100 * difference).toFixed(1)} % (root mean square).`,
    );
  });
}
