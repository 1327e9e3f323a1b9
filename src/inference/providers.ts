import { listSupportedBackends } from 'onnxruntime-node';
import { HeatboxError } from '../error.ts';
import { nearest } from '../nearest.ts';

/**
 * The error for a provider that could not be used.
 *
 * @returns `ENGINE_PROVIDER`: this build of onnxruntime does not know it, or its libraries or its device are not here.
 */
export function providerError(provider: string, cause: Error): HeatboxError {
  const known = listSupportedBackends().map(({ name }) => name);
  const near = nearest(provider, known);
  const reason = known.includes(provider)
    ? `its libraries or its device are not here (${firstLine(cause)})`
    : 'this build of onnxruntime does not know it';
  const hint = known.includes(provider)
    ? 'Leave --provider out to run on the CPU.'
    : near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `Known here: ${known.join(', ')}.`;
  return new HeatboxError('ENGINE_PROVIDER', `the provider "${provider}" is not available: ${reason}`, {
    value: provider,
    cause,
    kind: 'usage',
    hint,
  });
}

function firstLine(error: Error): string {
  return error.message.split('\n')[0]!;
}
