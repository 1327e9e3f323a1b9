#!/usr/bin/env node
/**
 * Makes models/wordnet.json anew: the synsets above the classes of models/resnet50-imagenet, out of Debian's
 * wordnet-base 3.0. The class ids are WordNet's noun offsets.
 *
 *     apt-get download wordnet-base && dpkg -x wordnet-base_*.deb DIR
 *     node scripts/make-wordnet.mjs DIR
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const nounsHash = 'fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2';

const [debian] = process.argv.slice(2);
if (debian === undefined) throw new Error('give the folder in which wordnet-base is unpacked');
const root = join(import.meta.dirname, '..');
const nouns = await readFile(join(debian, 'usr/share/wordnet/data.noun'), 'utf8');
const hash = createHash('sha256').update(nouns).digest('hex');
if (hash !== nounsHash) throw new Error(`data.noun is another than the one expected: ${hash}`);

// The file begins with its licence, each line numbered.
const licence = nouns
  .split('\n')
  .filter((line) => line.startsWith('  '))
  .map((line) => line.replace(/^ +\d+ ?/, '').trim())
  .join('\n')
  .trim();

const lines = new Map(nouns.split('\n').map((line) => [line.slice(0, 8), line]));
const labels = JSON.parse(await readFile(join(root, 'models/resnet50-imagenet/labels.json'), 'utf8'));
const synsets = new Map();
const waiting = labels.map(({ wnid }) => wnid);
while (waiting.length > 0) {
  const id = waiting.pop();
  if (synsets.has(id)) continue;
  const synset = parse(id);
  synsets.set(id, synset);
  waiting.push(...synset.parents);
}

/** `offset lexfile type wordCount(hex) (word lexId)… pointerCount(decimal) (symbol offset pos sourceTarget)… | gloss` */
function parse(id) {
  const fields = lines.get(id.slice(1)).split(' ');
  const words = Number.parseInt(fields[3], 16);
  const names = Array.from({ length: words }, (_, word) => fields[4 + 2 * word].replaceAll('_', ' '));
  const pointers = 4 + 2 * words;
  const parents = [];
  for (let at = pointers + 1; at < pointers + 1 + 4 * Number(fields[pointers]); at += 4) {
    if (['@', '@i'].includes(fields[at])) parents.push(`n${fields[at + 1]}`);
  }
  return { id, names, parents };
}

const sorted = [...synsets.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
const json = `{
  "source": "WordNet 3.0 (Debian wordnet-base 3.0): the synsets of the ImageNet classes and all above them; each is its id, its names and the ids of its hypernyms",
  "attribution": "WordNet 3.0, Princeton University, https://wordnet.princeton.edu/",
  "licence": ${JSON.stringify(licence)},
  "synsets": [
${sorted.map(({ id, names, parents }) => `    ${JSON.stringify([id, names, parents])}`).join(',\n')}
  ]
}
`;
await writeFile(join(root, 'models/wordnet.json'), json);
