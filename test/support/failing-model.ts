import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataType, float32Tensor, int64Tensor, onnxNode, readOnnx, writeOnnx } from '../../src/model/onnx/index.ts';
import { writeTinyModel } from './tiny-model.ts';

/**
 * Writes the tiny model with a fault built in: a batch with a pixel above 250 makes the network index beyond the end of a
 * list of one, and onnxruntime fails in the middle of a run.
 *
 * @returns the folder.
 */
export function writeFailingModel(dir: string): string {
  writeTinyModel(dir);
  const file = join(dir, 'model.onnx');
  const model = readOnnx(readFileSync(file));
  const { graph } = model;
  const last = graph.node.find(({ output }) => output[0] === 'logits')!;
  last.name = 'logits/plain';
  last.output = ['logits/plain'];
  graph.initializer.push(float32Tensor('fault/from', [], [250]), float32Tensor('fault/list', [1], [0]));
  graph.initializer.push(int64Tensor('fault/shape', [1], [-1]));
  graph.node.push(
    onnxNode('Cast', ['image'], ['fault/image'], { to: dataType.float32 }),
    onnxNode('ReduceMax', ['fault/image'], ['fault/brightest'], { keepdims: 0 }),
    onnxNode('Greater', ['fault/brightest', 'fault/from'], ['fault/white']),
    onnxNode('Cast', ['fault/white'], ['fault/index'], { to: dataType.int64 }),
    onnxNode('Reshape', ['fault/index', 'fault/shape'], ['fault/indices']),
    onnxNode('Gather', ['fault/list', 'fault/indices'], ['fault/nothing']),
    onnxNode('Add', ['logits/plain', 'fault/nothing'], ['logits']),
  );
  const bytes = Buffer.from(writeOnnx(model));
  writeFileSync(file, bytes);
  const manifestFile = join(dir, 'manifest.json');
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  manifest.files.model = { ...manifest.files.model, sha256, bytes: bytes.length };
  writeFileSync(manifestFile, JSON.stringify(manifest));
  return dir;
}
