import { describe, expect, it } from 'vitest';
import { dotProducts } from '../../../src/inference/providers/dot-products.ts';
import { choosePrecision } from '../../../src/inference/providers/precision.ts';

const system = { platform: 'linux', arch: 'x64', cpuinfo: () => '', sysctl: () => '' } as const;
const x86 = (flags: string) => ({
  ...system,
  cpuinfo: () => `processor\t: 0\nflags\t\t: fpu ${flags}\nbugs\t: none\n`,
});
const arm = (features: string) => ({ ...system, arch: 'arm64', cpuinfo: () => `Features\t: fp asimd ${features}\n` });
const mac = (answers: Record<string, string>, arch: string) => ({
  ...system,
  platform: 'darwin' as const,
  arch,
  sysctl: (name: string) => {
    const answer = answers[name];
    if (answer === undefined) throw new Error(`unknown oid '${name}'`);
    return `${answer}\n`;
  },
});

describe('the instructions of the CPU', () => {
  it.each([
    ['AVX512-VNNI', x86('avx2 avx512f avx512_vnni'), 'yes'],
    ['AVX-VNNI', x86('avx2 avx_vnni'), 'yes'],
    ['AVX2 alone', x86('avx2 fma'), 'no'],
    ['the dot product of ARM', arm('asimddp'), 'yes'],
    ['an ARM without it', arm('aes'), 'no'],
    ['a Linux that does not say', system, 'unknown'],
    ['an Apple chip', mac({ 'hw.optional.arm.FEAT_DotProd': '1' }, 'arm64'), 'yes'],
    ['an Intel Mac with it', mac({ 'machdep.cpu.leaf7_features': 'AVX2 AVX512VNNI' }, 'x64'), 'yes'],
    ['an Intel Mac without it', mac({ 'machdep.cpu.leaf7_features': 'AVX2' }, 'x64'), 'no'],
    ['a Mac that does not know the question', mac({}, 'arm64'), 'unknown'],
    ['another system', { ...system, platform: 'win32' as const }, 'unknown'],
  ])('%s', (_name, asked, expected) => {
    expect(dotProducts(asked)).toBe(expected);
  });
});

describe('the precision', () => {
  const usual = { wish: 'auto', provider: 'cpu', dotProducts: 'yes', quantised: true } as const;

  it('is 8 bits where the CPU is made for it and the model has them', () => {
    expect(choosePrecision(usual).precision).toBe('int8');
    expect(choosePrecision({ ...usual, quantised: false }).precision).toBe('fp32');
  });

  it('is float32 where 8-bit sums would overflow, or where nobody knows', () => {
    expect(choosePrecision({ ...usual, dotProducts: 'no' }).precision).toBe('fp32');
    expect(choosePrecision({ ...usual, dotProducts: 'unknown' }).precision).toBe('fp32');
  });

  it('is float16 on GPUs', () => {
    expect(choosePrecision({ ...usual, provider: 'cuda' }).precision).toBe('fp16');
  });

  it('is what the user asks for, without a reason, or an error', () => {
    expect(choosePrecision({ ...usual, wish: 'fp32' })).toEqual({ precision: 'fp32' });
    expect(choosePrecision({ ...usual, wish: 'int8', dotProducts: 'no' })).toEqual({ precision: 'int8' });
    expect(() => choosePrecision({ ...usual, wish: 'int8', quantised: false })).toThrow(/no 8-bit form/);
    expect(() => choosePrecision({ ...usual, wish: 'fp16' })).toThrow(/float16/);
  });
});
