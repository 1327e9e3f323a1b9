/** Files that are no network, or one that means harm: each is refused by name, in no time, and nothing is left. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnnx } from '../../src/inference/sessions/open-onnx.ts';
import { addModel } from '../../src/model/making/index.ts';
import { readOnnx, writeOnnx } from '../../src/model/onnx/index.ts';
import { network } from './surgery/networks.ts';

let work: string;
let whole: Uint8Array;
let labels: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'heatbox-hostile-'));
  const net = network();
  const maps = net.conv(net.input('pixels', [1, 3, 24, 24]), 3, 4, { stride: 2 });
  const pooled = net.node('Flatten', [net.node('GlobalAveragePool', [maps])]);
  whole = net.bytes(net.node('Gemm', [pooled, net.weights([4, 3])], {}, 'fc'));
  labels = join(work, 'labels.txt');
  await writeFile(labels, 'a\nb\nc\n');
  await writeFile(join(work, 'cut.onnx'), whole.subarray(0, whole.length / 2));
  await writeFile(join(work, 'empty.onnx'), '');
  await writeFile(join(work, 'huge.onnx'), '');
  await truncate(join(work, 'huge.onnx'), 5 * 2 ** 30);
  await mkdir(join(work, 'folder.onnx'));
  await symlink('round.onnx', join(work, 'round.onnx'));
  execFileSync('mkfifo', [join(work, 'pipe.onnx')]);
});
afterAll(() => rm(work, { recursive: true, force: true }));

const add = (file: string, labelsPath = labels) =>
  addModel(join(work, file), { open: openOnnx, labels: labelsPath, preprocess: 'unit', folder: join(work, 'models') });

describe('adding', () => {
  it.each([
    ['cut.onnx', 'MODEL_DAMAGED', 'is not an ONNX file'],
    ['empty.onnx', 'MODEL_DAMAGED', '(0 bytes)'],
    ['huge.onnx', 'MODEL_UNSUPPORTED', '5.0 GiB'],
    ['folder.onnx', 'MODEL_NOT_FOUND', 'manifest.json'],
    ['round.onnx', 'MODEL_NOT_FOUND', 'symbolic links'],
    ['pipe.onnx', 'MODEL_NOT_FOUND', 'neither a file nor a folder'],
    ['none.onnx', 'MODEL_NOT_FOUND', 'does not exist'],
  ])('%s is refused', async (file, code, says) => {
    const error = await add(file).catch((error) => error);
    expect(error).toMatchObject({ code, kind: 'usage' });
    expect(error.message).toContain(file);
    expect(error.message).toContain(says);
    expect(existsSync(join(work, 'models'))).toBe(false);
  });

  it.each([
    ['a pipe', 'pipe.onnx', 'MODEL_DAMAGED', 'missing'],
    ['a folder', '.', 'MODEL_DAMAGED', 'missing'],
    ['a file of gigabytes', 'huge.onnx', 'MODEL_UNSUPPORTED', '5.0 GiB'],
    ['a file elsewhere', '/etc/hostname', 'MODEL_DAMAGED', 'not beside it'],
  ])('a network whose weights are in %s is refused', async (_what, location, code, says) => {
    const model = readOnnx(whole);
    const [tensor] = model.graph.initializer as [(typeof model.graph.initializer)[number]];
    Object.assign(tensor, { dataLocation: 1, externalData: [{ key: 'location', value: location }] });
    await writeFile(join(work, 'outside.onnx'), writeOnnx(model));
    const error = await add('outside.onnx').catch((error) => error);
    expect(error).toMatchObject({ code, kind: 'usage', message: expect.stringContaining(says) });
  });

  it('labels that are too few are refused, and the network is not kept', async () => {
    await writeFile(join(work, 'whole.onnx'), whole);
    await writeFile(join(work, 'one.txt'), 'a\n');
    await expect(add('whole.onnx', join(work, 'one.txt'))).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: 'one.txt has 1 labels, but the network has 3 classes',
    });
    expect(existsSync(join(work, 'models'))).toBe(false);
  });
});
