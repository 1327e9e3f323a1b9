/** A model may come from anybody: what it names is a regular file in its own folder, or it is refused. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readClassifier } from '../../../src/model/classifier/classifier.ts';
import { readLayersModel } from '../../../src/model/convert/layers-model.ts';
import { readTfjsFiles } from '../../../src/model/convert/tfjs-files.ts';
import { checkChecksums } from '../../../src/model/files/checksums.ts';
import { pathInside, readInside, readRegular } from '../../../src/model/files/inside.ts';
import { readLabels } from '../../../src/model/labels/read-labels.ts';
import { loadModel } from '../../../src/model/load-model.ts';
import { readOnnx, readWholeOnnx, writeOnnx } from '../../../src/model/onnx/index.ts';
import { network } from '../surgery/networks.ts';

let work: string;
let folder: string;
let whole: Uint8Array;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'heatbox-inside-'));
  await writeFile(join(work, 'secret'), 'hunter22\nhunter23\nhunter24\n');
  const net = network();
  const maps = net.conv(net.input('pixels', [1, 3, 24, 24]), 3, 4, { stride: 2 });
  const pooled = net.node('Flatten', [net.node('GlobalAveragePool', [maps])]);
  whole = net.bytes(net.node('Gemm', [pooled, net.weights([4, 3])], {}, 'fc'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(work, 'model-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** Everything that is not a regular file of the folder, put under a name there. */
const lures: readonly (readonly [string, (path: string) => Promise<unknown> | unknown])[] = [
  ['a link out', (path) => symlink(join(work, 'secret'), path)],
  [
    'a link to a link out',
    async (path) => {
      await symlink(join(work, 'secret'), `${path}.there`);
      await symlink(`${path}.there`, path);
    },
  ],
  ['a link to a file of a device', (path) => symlink('/dev/zero', path)],
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
  ['a folder', (path) => mkdir(path)],
];

/** What reads files that a model names, each with the name under which it looks. */
const readers: readonly (readonly [string, string, () => Promise<unknown>])[] = [
  [
    'a shard of TensorFlow.js, for its hash',
    'shard.bin',
    async () => {
      await tfjsModel();
      return readTfjsFiles(join(folder, 'model.json'));
    },
  ],
  [
    'a shard of TensorFlow.js, for its weights',
    'shard.bin',
    async () => {
      await tfjsModel();
      return readLayersModel(join(folder, 'model.json'));
    },
  ],
  [
    "ONNX's external data",
    'weights.bin',
    async () => {
      const model = readOnnx(whole);
      Object.assign(model.graph.initializer[0]!, {
        dataLocation: 1,
        externalData: [{ key: 'location', value: 'weights.bin' }],
      });
      await writeFile(join(folder, 'net.onnx'), writeOnnx(model));
      return readWholeOnnx(join(folder, 'net.onnx'));
    },
  ],
  ["a classifier's manifest", 'manifest.json', () => readClassifier(folder)],
  [
    "a classifier's network",
    'net.onnx',
    async () => {
      await classifier();
      return readClassifier(folder);
    },
  ],
  [
    "a classifier's labels",
    'labels.txt',
    async () => {
      await classifier();
      await writeFile(join(folder, 'net.onnx'), whole);
      return readClassifier(folder);
    },
  ],
  ["a classifier's network of TensorFlow.js", 'model.json', () => readClassifier(folder)],
  ["a ready model's network", 'model.onnx', () => readyModel('model.onnx')],
  ["a ready model's labels", 'labels.json', () => readyModel('labels.json')],
  [
    'a file with a checksum',
    'shard.bin',
    async () => {
      await writeFile(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  shard.bin\n`);
      return checkChecksums(folder);
    },
  ],
];

async function tfjsModel(): Promise<void> {
  const weights = [{ name: 'a', shape: [1], dtype: 'float32' }];
  const modelTopology = { class_name: 'Sequential', config: [] };
  await writeFile(
    join(folder, 'model.json'),
    JSON.stringify({
      modelTopology: {
        model_config: { ...modelTopology, config: [{ class_name: 'InputLayer', config: { name: 'in' } }] },
      },
      weightsManifest: [{ paths: ['shard.bin'], weights }],
    }),
  );
}

async function classifier(): Promise<void> {
  const manifest = {
    schemaVersion: 1,
    name: 'net',
    description: '',
    form: 'classifier',
    licence: { spdx: 'MIT', note: '' },
    files: { model: { path: 'net.onnx' }, labels: { path: 'labels.txt' } },
    input: {
      layout: 'NCHW',
      channels: 'RGB',
      range: [0, 1],
      mean: [0, 0, 0],
      std: [1, 1, 1],
      size: { width: 24, height: 24 },
    },
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

async function readyModel(lure: string): Promise<unknown> {
  const shipped = join(import.meta.dirname, '../../../models/resnet50-imagenet');
  const manifest = JSON.parse(await readFile(join(shipped, 'manifest.json'), 'utf8'));
  const bytes = await readFile(join(work, 'secret'));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { int8: _, ...files } = manifest.files;
  files.model = { path: 'model.onnx', sha256, bytes: bytes.length };
  files.labels = { path: 'labels.json', sha256, bytes: bytes.length };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, files }));
  for (const name of ['model.onnx', 'labels.json'])
    if (name !== lure) await copyFile(join(work, 'secret'), join(folder, name));
  return loadModel(folder);
}

describe.each(readers)('%s', (_what, name, read) => {
  it.each(lures)('that is %s is refused, and nothing of it is shown', async (_lure, put) => {
    await put(join(folder, name));
    const error = await read().then(
      () => undefined,
      (found) => found,
    );
    expect(error).toMatchObject({ code: expect.stringMatching(/^MODEL_(DAMAGED|NOT_FOUND)$/), kind: 'usage' });
    for (let cause = error; cause !== undefined; cause = cause.cause) expect(cause.message).not.toContain('hunter');
  });
});

describe('labels that the user names', () => {
  it.each(lures.slice(2))('that are %s are refused', async (_lure, put) => {
    await put(join(folder, 'labels.txt'));
    await expect(readLabels(join(folder, 'labels.txt'), 3)).rejects.toMatchObject({ code: 'LABELS_INVALID' });
  });
});

describe('a file inside', () => {
  it('may be a link to another file of the folder, and the folder may be a link', async () => {
    await writeFile(join(folder, 'a'), 'text');
    await symlink('a', join(folder, 'b'));
    await symlink(folder, `${folder}-link`);
    expect(String(await readInside(`${folder}-link`, 'b'))).toBe('text');
  });

  it('is not one of a folder whose name begins alike', async () => {
    await mkdir(`${folder}-more`);
    await writeFile(join(`${folder}-more`, 'a'), 'text');
    await symlink(join(`${folder}-more`, 'a'), join(folder, 'a'));
    await expect(pathInside(folder, 'a')).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
  });

  it('of more bytes than are wanted is not read', async () => {
    await writeFile(join(folder, 'huge'), '');
    await truncate(join(folder, 'huge'), 5 * 2 ** 30);
    await expect(readRegular(join(folder, 'huge'))).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
  });
});
