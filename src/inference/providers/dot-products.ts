import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether the CPU multiplies and adds bytes in one instruction; `unknown` where the system does not tell. */
export type DotProducts = 'yes' | 'no' | 'unknown';

/** What is asked of the system; other than the system's own in tests. */
export interface CpuQuestions {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** The text of `/proc/cpuinfo`. */
  cpuinfo(): string;
  /** What `sysctl -n` says of a name. */
  sysctl(name: string): string;
}

const system: CpuQuestions = {
  platform: process.platform,
  arch: process.arch,
  cpuinfo: () => readFileSync('/proc/cpuinfo', 'utf8'),
  sysctl: (name) => execFileSync('sysctl', ['-n', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
};

/**
 * Looks for the instructions that make networks in 8 bits worth it: AVX512-VNNI and AVX-VNNI on x86, the dot product of
 * ARMv8.2.
 */
export function dotProducts(ask: CpuQuestions = system): DotProducts {
  try {
    if (ask.platform === 'linux') return fromCpuinfo(ask.cpuinfo(), ask.arch);
    if (ask.platform === 'darwin') return fromSysctl(ask);
    return 'unknown';
  } catch {
    return 'unknown';
  }
}

/**
 * Whether 8-bit weights have to be narrowed for this CPU: without dot products, x86 adds pairs of products in 16 bits, which
 * overflow. ARM has no such pairs. If the system does not say what the CPU has, they are narrowed too, which is exact anywhere.
 */
export function needsNarrowWeights(cpu: DotProducts, arch: string = process.arch): boolean {
  return arch === 'x64' && cpu !== 'yes';
}

/**
 * Returns the onnxruntime options (`session.…`) that make 8-bit networks exact on this CPU. Every session that may run one
 * needs them: without dot products, x86 adds pairs of products in 16 bits, which overflow. The option adds in full instead;
 * with dot products it would halve the speed.
 */
export function exactSums(cpu: DotProducts): { readonly x64quantprecision?: '1' } {
  return cpu === 'yes' ? {} : { x64quantprecision: '1' };
}

function fromCpuinfo(text: string, arch: string): DotProducts {
  const [key, names] = arch === 'arm64' ? ['Features', ['asimddp']] : ['flags', ['avx512_vnni', 'avx_vnni']];
  const line = new RegExp(`^${key}\\s*:(.*)$`, 'm').exec(text)?.[1];
  if (line === undefined) return 'unknown';
  const flags = line.trim().split(/\s+/);
  return names.some((name) => flags.includes(name)) ? 'yes' : 'no';
}

function fromSysctl({ arch, sysctl }: CpuQuestions): DotProducts {
  if (arch === 'arm64') return sysctl('hw.optional.arm.FEAT_DotProd').trim() === '1' ? 'yes' : 'no';
  return sysctl('machdep.cpu.leaf7_features').split(/\s+/).includes('AVX512VNNI') ? 'yes' : 'no';
}
