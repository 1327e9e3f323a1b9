import type { Command } from 'commander';
import type { FlagsOf } from '../../../options/commands.ts';
import { print } from '../../terminal/print.ts';
import { tell } from '../../terminal/report.ts';
import { addOptions } from '../add-options.ts';

export function addModelsInspect(models: Command): void {
  addOptions(
    models
      .command('inspect')
      .description('say whether a classifier can give class activation maps, and print a manifest for it')
      .argument('<file>', 'an ONNX file, a model.json of TensorFlow.js, or a folder with one and its manifest.json'),
    'models inspect',
  ).action(async (file: string, options: FlagsOf<'models inspect'>) => {
    const { inspectModel } = await import('../../../model/making/index.ts');
    const { openOnnx } = await import('../../../inference/sessions/open-onnx.ts');
    const { manifest, cam, tfjs, refusal, guessed } = await inspectModel(file, { ...options, open: openOnnx });
    if (guessed) tell(`The preprocessing was guessed: ${guessed}.`);
    if (cam) {
      const size = cam.fixed.size ? `${cam.size.width}x${cam.size.height} only` : `multiples of ${cam.multipleOf}`;
      tell(
        `It can give class activation maps: ${cam.classCount} classes, pooled by '${cam.pooling}', a map cell is ${cam.stride} pixels, sizes: ${size}.`,
      );
    }
    if (tfjs) {
      tell(
        `It can give class activation maps on TensorFlow.js, not on onnxruntime: ${tfjs.classCount} classes, pooled by '${tfjs.pooling}', a map cell is ${tfjs.stride} pixels.`,
      );
    }
    await print(`${JSON.stringify(manifest, null, 2)}\n`);
    // After the manifest, which is right all the same.
    if (refusal) throw refusal;
  });
}
