import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { HeatboxError } from '../../error.ts';
import { deviceOf } from './providers.ts';

/** What onnxruntime calls it, with the device's number where there is one. */
export function executionProvider(name: string): InferenceSession.ExecutionProviderConfig {
  const { provider, device } = deviceOf(name);
  const own = provider === 'directml' ? 'dml' : provider;
  return device === undefined ? own : ({ name: own, deviceId: device } as InferenceSession.ExecutionProviderConfig);
}

const CUDA_INSTALL = 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false';

/**
 * The error for a provider of onnxruntime that could not be used: what is missing, and the command that installs it.
 *
 * @param installed - whether the provider's library is there; looked up where absent.
 * @returns `ENGINE_PROVIDER`
 */
export function providerError(
  name: string,
  cause: Error,
  platform = `${process.platform}/${process.arch}`,
  installed = hasLibrary(deviceOf(name).provider),
): HeatboxError {
  const { provider } = deviceOf(name);
  const { reason, hint } = explain(provider, platform, installed);
  return new HeatboxError(
    'ENGINE_PROVIDER',
    `the provider "${name}" is not available: ${reason} (${inShort(cause.message)})`,
    { value: name, cause, kind: 'usage', hint: `Leave --provider out to run on what is here. ${hint}` },
  );
}

function explain(provider: string, platform: string, installed: boolean): { reason: string; hint: string } {
  const [system] = platform.split('/');
  const elsewhere = (where: string) => ({
    reason: `onnxruntime-node has it on ${where}, and this is ${platform}`,
    hint: system === 'darwin' ? 'Here there are coreml and webgpu.' : 'webgpu runs on GPUs of all makers.',
  });
  switch (provider) {
    case 'cuda':
    case 'tensorrt': {
      if (platform !== 'linux/x64') return elsewhere('linux/x64 alone');
      if (!installed) return { reason: 'its library is not installed', hint: `Install it: ${CUDA_INSTALL}` };
      const needs = provider === 'cuda' ? 'CUDA 12 and cuDNN 9' : 'CUDA 12, cuDNN 9 and TensorRT 10';
      return {
        reason: 'its library is here, but does not load',
        hint: `It needs NVIDIA's driver (see nvidia-smi) and ${needs}, their folders in LD_LIBRARY_PATH.`,
      };
    }
    case 'webgpu':
      return {
        reason: 'no GPU answers',
        hint:
          system === 'linux'
            ? 'It needs a GPU with a Vulkan driver: sudo apt install mesa-vulkan-drivers for Intel and AMD; NVIDIA has it in its driver.'
            : "Update the GPU's driver.",
      };
    case 'coreml':
      return system === 'darwin' ? { reason: 'Core ML refuses the network', hint: 'Try webgpu.' } : elsewhere('macOS');
    default:
      return system === 'win32'
        ? { reason: 'Direct3D 12 has no device', hint: "Update the GPU's driver." }
        : elsewhere('Windows');
  }
}

/** Without the place in onnxruntime's source and the condition that did not hold there. */
function inShort(message: string): string {
  return message
    .split('\n')[0]!
    .replace(/^\/\S+:\d+ .* was false\. /, '')
    .replace(/\.$/, '');
}

/** Whether a library of onnxruntime's is there. */
function hasLibrary(provider: string): boolean {
  const { resolve } = createRequire(import.meta.url);
  const folder = join(dirname(resolve('onnxruntime-node')), '../bin/napi-v6', process.platform, process.arch);
  return existsSync(join(folder, `libonnxruntime_providers_${provider}.so`));
}
