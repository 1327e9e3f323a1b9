import { HeatboxError } from '../../error.ts';
import type { ModelInput } from '../../types.ts';

/**
 * Checks a batch before a network sees it.
 *
 * @param multipleOf - what both sides must be multiples of.
 * @throws HeatboxError `ENGINE_INPUT`
 */
export function checkInputs(inputs: readonly ModelInput[], multipleOf: number): void {
  for (const input of inputs) checkInput(input, inputs[0]!, multipleOf);
}

function checkInput({ width, height, data }: ModelInput, first: ModelInput, multipleOf: number): void {
  const fail = (message: string) => {
    throw new HeatboxError('ENGINE_INPUT', message, { value: `${width}x${height}` });
  };
  if (!(width > 0 && height > 0 && width % multipleOf === 0 && height % multipleOf === 0))
    fail(`an input of ${width}x${height}: the network takes multiples of ${multipleOf}`);
  if (data.length !== width * height * 3)
    fail(`an input of ${width}x${height} has ${width * height * 3} bytes, not ${data.length}`);
  if (width !== first.width || height !== first.height)
    fail(`one batch with inputs of ${first.width}x${first.height} and of ${width}x${height}`);
}
