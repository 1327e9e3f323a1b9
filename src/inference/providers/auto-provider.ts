import { existsSync, readdirSync } from 'node:fs';

/** The machine, as far as a choice of provider depends on it. */
export interface Machine {
  /** `process.platform/process.arch` */
  readonly platform: string;
  /** Whether the system shows a GPU; asked of Linux alone, where that is cheap to know. */
  readonly gpu: boolean;
}

/** A provider, and why that one. */
export interface Place {
  readonly provider: string;
  readonly why: string;
}

/**
 * Chooses the provider a network runs best on: the first in the platform's order that loads and is faster than the CPU at a
 * convolution. The latter leaves out devices that are none, as a GPU's driver in software.
 *
 * TensorRT is not among them: it compiles a network for minutes, which is for who asks for it.
 *
 * @param time - milliseconds that a test convolution takes on a provider. Rejects where it does not load.
 */
export async function bestProvider(
  time: (provider: string) => Promise<number>,
  machine = thisMachine(),
): Promise<Place> {
  if (!machine.gpu) return { provider: 'cpu', why: 'the system shows no GPU' };
  const cpu = await time('cpu');
  const reasons: string[] = [];
  for (const provider of candidates(machine.platform)) {
    let own: number;
    try {
      own = await time(provider);
    } catch (error) {
      reasons.push(`${provider} does not load (${(error as Error).message.split('\n')[0]})`);
      continue;
    }
    const times = `a test convolution takes ${own.toFixed(1)} ms there, ${cpu.toFixed(1)} ms on the CPU`;
    if (own < cpu) return { provider, why: [...reasons, times].join('; ') };
    reasons.push(`${provider} is no faster: ${times}`);
  }
  return { provider: 'cpu', why: reasons.join('; ') };
}

function candidates(platform: string): string[] {
  if (platform.startsWith('darwin')) return ['coreml', 'webgpu'];
  if (platform.startsWith('win32')) return ['directml', 'webgpu'];
  return platform === 'linux/x64' ? ['cuda', 'webgpu'] : ['webgpu'];
}

function thisMachine(): Machine {
  return {
    platform: `${process.platform}/${process.arch}`,
    gpu: process.platform !== 'linux' || hasGpuDevice(),
  };
}

/** A render node of the kernel's drivers, NVIDIA's own device, or that of Windows under WSL. */
function hasGpuDevice(): boolean {
  if (['/dev/nvidia0', '/dev/dxg'].some((path) => existsSync(path))) return true;
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}
