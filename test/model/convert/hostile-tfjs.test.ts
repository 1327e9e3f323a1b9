/** Models of TensorFlow.js that would cost minutes, gigabytes or the stack: each is refused, or read in linear time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLayersModel } from '../../../src/model/convert/layers-model.ts';
import { readTfjsFiles } from '../../../src/model/convert/tfjs-files.ts';
import { parseJson } from '../../../src/model/files/parse-json.ts';
import { parseGraph } from '../../../src/model/tfjs/graph.ts';

let work: string;
let path: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'heatbox-tfjs-'));
  path = join(work, 'model.json');
});
afterAll(() => rm(work, { recursive: true, force: true }));

async function layersModel(config: unknown, weightsManifest: unknown = []) {
  await writeFile(path, JSON.stringify({ modelTopology: { model_config: config }, weightsManifest }));
  return readLayersModel(path);
}

const layer = (name: string, ...inputs: string[]) => ({
  class_name: 'Activation',
  config: { name },
  inbound_nodes: inputs.length > 0 ? [inputs.map((input) => [input, 0, 0, {}])] : [],
});

const functional = (layers: readonly unknown[], output: string) => ({
  class_name: 'Functional',
  config: { name: 'net', layers, input_layers: [['in', 0, 0]], output_layers: [[output, 0, 0]] },
});

it('refuses layers that read each other in a circle', async () => {
  const circle = functional([layer('in'), layer('a', 'b'), layer('b', 'a')], 'b');
  await expect(layersModel(circle)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
  await expect(layersModel(functional([layer('in'), layer('a', 'a')], 'a'))).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
  });
});

it('refuses models within models without end', async () => {
  let inner: unknown = { class_name: 'Sequential', config: { name: 'm', layers: [] } };
  for (let depth = 0; depth < 25; depth++) inner = { class_name: 'Sequential', config: { name: 'm', layers: [inner] } };
  await expect(layersModel(inner)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
  await writeFile(path, `{"modelTopology":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}},"weightsManifest":[]}`);
  await expect(readTfjsFiles(path)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
});

it('refuses a weight file that is named over and over', async () => {
  await writeFile(join(work, 'shard'), 'x');
  const manifest = [{ paths: Array(1000).fill('shard'), weights: [] }];
  await expect(layersModel(functional([layer('in')], 'in'), manifest)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
});

it('reads thousands of layers, of weights and of equal names in linear time', async () => {
  const count = 12_000;
  const names = Array.from({ length: count }, (_, index) => `layer${index}`);
  const layers = [layer('in'), ...names.map((name, index) => layer(name, index === 0 ? 'in' : names[index - 1]!))];
  const weights = names.map((name) => ({ name: `net/${name}/kernel`, shape: [], dtype: 'uint8' }));
  await writeFile(join(work, 'weights'), Buffer.alloc(count));
  const read = await layersModel(functional(layers, names.at(-1)!), [{ paths: ['weights'], weights }]);
  expect(read.layers.at(-1)!.weights.kernel?.data).toHaveLength(1);
  const same = { class_name: 'Sequential', config: Array.from({ length: count }, () => layer('same')) };
  expect((await layersModel(same)).layers.at(-1)!.name).toBe(`same-${count}`);
}, 20_000);

it('refuses a graph that goes round in circles, or deeper than any network', () => {
  const graph = (node: readonly { name: string; op: string; input: string[] }[]) =>
    JSON.stringify({ modelTopology: { node }, weightsManifest: [] });
  const chain = Array.from({ length: 50_000 }, (_, index) => ({
    name: `n${index}`,
    op: 'Identity',
    input: index === 0 ? [] : [`n${index - 1}`],
  }));
  const circle = [
    { name: 'a', op: 'Identity', input: ['b'] },
    { name: 'b', op: 'Identity', input: ['a'] },
    { name: 'c', op: 'Identity', input: ['b'] },
  ];
  for (const nodes of [circle, chain])
    expect(() => parseGraph(graph(nodes), 'model.json')).toThrow(expect.objectContaining({ code: 'MODEL_DAMAGED' }));
  expect(parseGraph(graph(chain.slice(0, 1000)), 'model.json').output).toBe('n999');
});

it('takes brackets in a text for no depth', () => {
  const text = `${'['.repeat(500)}\\"${'{'.repeat(500)}`;
  expect(parseJson(JSON.stringify({ a: text }))).toEqual({ a: text });
  expect(() => parseJson('['.repeat(200))).toThrow('deep');
});
