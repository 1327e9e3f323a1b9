import { parseProviders } from '../../inference/providers/providers.ts';
import { parseInputSize } from '../../model/index.ts';
import type { Size } from '../../types.ts';

/**
 * The options that people write as text, as the library takes them.
 *
 * @throws HeatboxError `BAD_INPUT_SIZE`, `ENGINE_PROVIDER`
 */
export function networkOf({ inputSize, provider }: { readonly inputSize?: string; readonly provider?: string }): {
  inputSize: Size | undefined;
  providers: string[] | undefined;
} {
  return {
    inputSize: inputSize === undefined ? undefined : parseInputSize(inputSize),
    providers: provider === undefined ? undefined : parseProviders(provider),
  };
}
