import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NetworkOptions } from '../../../src/inference/engine.ts';
import { dotProducts } from '../../../src/inference/providers/dot-products.ts';
import { choosePrecision } from '../../../src/inference/providers/precision.ts';
import { openOnnxSession } from '../../../src/inference/sessions/onnx-session.ts';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { writeOnnx } from '../../../src/model/onnx/index.ts';
import { calibrate } from '../../../src/model/quantise/calibrate.ts';
import { planQuantisation } from '../../../src/model/quantise/plan.ts';
import { quantiseNetwork } from '../../../src/model/quantise/quantise-network.ts';
import { indexGraph } from '../../../src/model/surgery/graph-index.ts';
import { imageTensor, testPicture } from '../../../src/model/surgery/test-image.ts';
import { randomNetwork } from '../../model/quantise/random-network.ts';

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
  const usual = { wish: 'auto', provider: 'cpu', dotProducts: 'yes', arch: 'x64', quantised: true } as const;

  it('is 8 bits where the CPU is made for it and the model has them', () => {
    expect(choosePrecision(usual).precision).toBe('int8');
    expect(choosePrecision({ ...usual, quantised: false }).precision).toBe('fp32');
  });

  it('is 8 bits with narrowed weights on x86 without dot products, or where nobody knows', () => {
    for (const dotProducts of ['no', 'unknown'] as const) {
      const { precision, why } = choosePrecision({ ...usual, dotProducts });
      expect(precision).toBe('int8');
      expect(why).toMatch(/narrowed/);
    }
  });

  it('is float32 on an ARM without dot products', () => {
    expect(choosePrecision({ ...usual, dotProducts: 'no', arch: 'arm64' }).precision).toBe('fp32');
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

describe('a session', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatbox-precision-'));
  const size = { width: 32, height: 32 };
  const picture = testPicture(size, 1);
  const options: NetworkOptions = {
    onnxPath: join(folder, 'model.onnx'),
    int8Path: join(folder, 'model.int8.onnx'),
    multipleOf: 1,
    size,
    names: { input: 'image', maps: 'maps', logits: 'logits' },
    threads: 1,
  };

  beforeAll(async () => {
    const model = randomNetwork(['residual', 'strided'], 4, 3);
    const plan = planQuantisation(indexGraph(model.graph), 'maps');
    const own = plan.values.filter((value) => !plan.sharing.has(value));
    const ranges = await calibrate(model, own, [imageTensor([picture])], openOnnx);
    writeFileSync(options.onnxPath, writeOnnx(model));
    writeFileSync(options.int8Path!, writeOnnx(quantiseNetwork(model, plan, ranges)));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const open = async (more: Partial<NetworkOptions>) => {
    const session = await openOnnxSession({ ...options, ...more });
    const { precision, why } = session;
    const [maps] = await session.run([picture]);
    await session.release();
    return { precision, why, maps: maps!.maps! };
  };

  it.each([
    ['yes', 'int8', /has dot-product/],
    ['no', process.arch === 'x64' ? 'int8' : 'fp32', /no dot-product/],
    ['unknown', process.arch === 'x64' ? 'int8' : 'fp32', /does not tell/],
  ] as const)('runs in what suits a CPU with dot products: %s', async (dotProducts, precision, why) => {
    expect(await open({ dotProducts })).toMatchObject({ precision, why: expect.stringMatching(why) });
  });

  it('agrees in 8 bits with float32 on a CPU without dot products', async () => {
    const exact = await open({ precision: 'fp32' });
    const rounded = await open({ precision: 'int8', dotProducts: 'no' });
    expect(rounded).toMatchObject({ precision: 'int8' });
    const range = Math.max(...exact.maps) - Math.min(...exact.maps);
    const off = exact.maps.map((value, i) => Math.abs(value - rounded.maps[i]!));
    expect(Math.max(...off)).toBeLessThan(0.1 * range);
    expect(Math.max(...off)).toBeGreaterThan(0);
  });
});
