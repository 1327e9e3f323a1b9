import { createHash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/model/index.ts';
import { loadModel, verifyNetworks } from '../../src/model/load-model.ts';

describe('the model that ships', () => {
  it('is loaded by name and by default', async () => {
    const model = await loadModel('resnet50-imagenet');
    // The label tree's nodes refer to each other: comparing two of them deeply does not end in any useful time.
    const { tree, ...rest } = model;
    const { tree: same, ...restByDefault } = await loadModel();
    expect(rest).toEqual(restByDefault);
    expect(Object.keys(same)).toEqual(Object.keys(tree));
    expect(model.name).toBe('resnet50-imagenet');
    expect(model.labels).toHaveLength(model.manifest.classCount);
    expect(model.manifest.stride).toBe(32);
    expect(model.manifest.source).toMatchObject({
      integrity: 'sha512-4K9HBQ0VJ/S26iPzkWGn71n/LLbcXAilwl/J4xAjB/DCe/F9AWL66s1KwHOgPKB1sB2c+Prj5MZW7MIRLjCc3g==',
    });
    expect((await readFile(model.networkPath)).length).toBe(model.manifest.files.model.bytes);
    await verifyNetworks(model);
  });

  it('carries the licences of its weights and names', async () => {
    const { dir, manifest } = await loadModel();
    const licence = await readFile(join(dir, manifest.licence.file!), 'utf8');
    expect(licence).toContain('Copyright (c) 2019 Paul Spende');
    expect(licence).toContain('WordNet 3.0 Copyright 2006 by Princeton University');
  });
});

describe('a model in a folder', () => {
  let dir: string;

  // The shipped manifest and labels, with three megabytes for a network: nothing of it is read but its hash.
  beforeEach(async () => {
    const shipped = await loadModel();
    dir = await mkdtemp(join(tmpdir(), 'heatbox-model-'));
    await copyFile(join(shipped.dir, 'labels.json'), join(dir, 'labels.json'));
    await copyFile(join(shipped.dir, 'manifest.json'), join(dir, 'manifest.json'));
    const network = randomBytes(3_000_000);
    const sha256 = createHash('sha256').update(network).digest('hex');
    await writeFile(join(dir, 'model.onnx'), network);
    await editManifest((manifest) => ({
      ...manifest,
      files: { labels: manifest.files.labels, model: { path: 'model.onnx', sha256, bytes: network.length } },
    }));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is loaded by its folder', async () => {
    expect(await loadModel(dir)).toMatchObject({ dir, networkPath: join(dir, 'model.onnx') });
  });

  it('is found damaged when one bit of the network differs', async () => {
    const path = join(dir, 'model.onnx');
    const network = await readFile(path);
    network[2_000_000]! ^= 1;
    await writeFile(path, network);
    const model = await loadModel(dir);
    await expectFailure('MODEL_DAMAGED', /model\.onnx.*sha256/, verifyNetworks(model));
  });

  it('is found damaged when one bit of its 8-bit form differs', async () => {
    await editManifest((manifest) => ({
      ...manifest,
      files: {
        ...manifest.files,
        int8: { path: 'model.int8.onnx', sha256: '0'.repeat(64), bytes: 3, calibration: '' },
      },
    }));
    await writeFile(join(dir, 'model.int8.onnx'), 'abc');
    await expectFailure('MODEL_DAMAGED', /model\.int8\.onnx.*sha256/, verifyNetworks(await loadModel(dir)));
  });

  it('is refused when the network is cut', async () => {
    await truncate(join(dir, 'model.onnx'), 1000);
    await expectFailure('MODEL_DAMAGED', /1000 bytes instead of/);
  });

  it('is refused when the network is missing', async () => {
    await rm(join(dir, 'model.onnx'));
    await expectFailure('MODEL_DAMAGED', /model\.onnx.*missing/);
  });

  it('is refused when a label was edited', async () => {
    const path = join(dir, 'labels.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('goldfish', 'goldfisk'));
    await expectFailure('MODEL_DAMAGED', /labels\.json.*sha256/);
  });

  it('is refused when the manifest is not JSON', async () => {
    await writeFile(join(dir, 'manifest.json'), '{"schemaVersion": 1,');
    await expectFailure('MODEL_MANIFEST_INVALID', /manifest\.json.*not JSON/);
  });

  it('is refused when the manifest lacks something, which is named', async () => {
    await editManifest((manifest) => ({ ...manifest, stride: 'wide' }));
    await expectFailure('MODEL_MANIFEST_INVALID', /stride/);
  });

  it('is refused when the manifest points out of its folder', async () => {
    await editManifest((manifest) => ({
      ...manifest,
      files: { ...manifest.files, model: { ...manifest.files.model, path: '../../etc/passwd' } },
    }));
    await expectFailure('MODEL_MANIFEST_INVALID', /files\.model\.path.*beside the manifest/);
  });

  it('is refused when the labels are not as many as the classes', async () => {
    await editManifest((manifest) => ({ ...manifest, classCount: 999 }));
    await expectFailure('MODEL_MANIFEST_INVALID', /1000 labels.*999 classes/);
  });

  it('is refused when a file cannot be read, with the reason', async () => {
    // A folder in the file's place: root may read what others may not.
    const path = join(dir, 'model.onnx');
    const model = await loadModel(dir);
    await rm(path);
    await mkdir(path);
    await expectFailure('MODEL_UNREADABLE', /model\.onnx.*EISDIR/, verifyNetworks(model));
  });

  async function editManifest(edit: (manifest: Manifest) => unknown) {
    const path = join(dir, 'manifest.json');
    await writeFile(path, JSON.stringify(edit(JSON.parse(await readFile(path, 'utf8')))));
  }

  async function expectFailure(code: string, message: RegExp, attempt: Promise<unknown> = loadModel(dir)) {
    await expect(attempt).rejects.toMatchObject({
      code,
      kind: 'usage',
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  }
});

describe('a model that is not there', () => {
  it.each(['no-such-model', './no/such/folder', tmpdir(), ''])(
    '%s is answered with the names there are',
    async (name) => {
      await expect(loadModel(name)).rejects.toMatchObject({
        code: 'MODEL_NOT_FOUND',
        kind: 'usage',
        value: name,
        hint: expect.stringContaining('resnet50-imagenet'),
      });
    },
  );
});
