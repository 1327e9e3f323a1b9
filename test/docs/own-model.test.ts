/** Runs the commands of docs/own-model.md, as a reader would type them. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/files/package-root.ts';
import { type TestLayer, writeKeras } from '../model/convert/keras.ts';
import { network } from '../model/surgery/networks.ts';
import { writeGraphFolder } from '../support/tfjs-models.ts';
import { skipped } from '../support/tools.ts';

const root = packageRoot();
const text = readFileSync(join(root, 'docs/own-model.md'), 'utf8');
const shell = blocks('sh');
const classes = ['mildew', 'other', 'rust'];

/** The Python that has what train.py imports: the first one in PATH, or Debian's. */
const python = ['python3', '/usr/bin/python3'].find(
  (path) => spawnSync(path, ['-c', 'import torch, torchvision, onnx'], { stdio: 'ignore' }).status === 0,
);
const noTorch =
  python === undefined && skipped('train.py of docs/own-model.md, since python3 has no torch, torchvision and onnx');

describe('docs/own-model.md', () => {
  let folder: string;
  const run = (commands: string) =>
    execFileSync('sh', ['-eu', '-c', commands], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
      env: {
        ...process.env,
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        XDG_DATA_HOME: join(folder, 'data'),
        XDG_CACHE_HOME: join(folder, 'cache'),
      },
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heatbox-own-'));
    // npx heatbox is the one that was built here.
    mkdirSync(join(folder, 'bin'));
    writeFileSync(
      join(folder, 'bin/npx'),
      `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'dist/src/cli/main.js')}" "$@"\n`,
    );
    chmodSync(join(folder, 'bin/npx'), 0o755);
    copyFileSync(join(root, 'samples/realshort.mp4'), join(folder, 'clip.mp4'));
    writeFileSync(join(folder, 'leaves.onnx'), exported());
    writeFileSync(join(folder, 'labels.txt'), `${classes.join('\n')}\n`);
    const model = await writeKeras(kerasLayers());
    renameSync(dirname(model), join(folder, 'web_model'));
    writeGraphFolder(join(folder, 'web_graph'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has no command that this test does not know', () => {
    const known = /^(npx heatbox |mkdir |cp |python3 |tensorflowjs_converter |npm install @tensorflow)/;
    expect(shell.flatMap((block) => block.split('\n')).filter((line) => !known.test(line))).toEqual([]);
    expect(shell.join('\n').match(/^npx heatbox /gm)!.length).toBeGreaterThan(10);
  });

  it.skipIf(noTorch)(
    'trains and exports with PyTorch',
    () => {
      pictures(join(folder, 'leaves/train'));
      const script = blocks('python').find((block) => block.startsWith('# train.py'))!;
      // Weights cannot be fetched here, and a test has no hour.
      const small = script
        .replace('models.resnet50(weights="DEFAULT")', 'models.resnet18(weights=None)')
        .replace('range(10)', 'range(1)');
      expect(small).not.toBe(script);
      // Apart from the much smaller network that the commands below are given.
      mkdirSync(join(folder, 'trained'));
      renameSync(join(folder, 'leaves'), join(folder, 'trained/leaves'));
      writeFileSync(join(folder, 'trained/train.py'), small);
      run(`cd trained && ${python} train.py`);
      expect(readFileSync(join(folder, 'trained/labels.txt'), 'utf8')).toBe(`${classes.join('\n')}\n`);
      expect(JSON.parse(run('npx heatbox models inspect trained/leaves.onnx --preprocess imagenet'))).toMatchObject({
        name: 'leaves',
        input: expect.anything(),
      });
    },
    300_000,
  );

  it('says true things of every command of heatbox in it', () => {
    for (const block of shell) {
      const commands = block.split('\n').filter((line) => !/^(python3|tensorflowjs_converter|npm install) /.test(line));
      run(commands.join('\n'));
      if (block.includes('models verify')) {
        expect(run('npx heatbox models list')).toMatch(/^leaves .*yours/m);
        expect(run('npx heatbox models verify')).toMatch(/^sound +leaves-keras$/m);
        expect(run('npx heatbox labels --model leaves').trim().split(/\s+/)).toEqual(
          expect.arrayContaining(['mildew', 'other', 'rust']),
        );
      }
    }
    for (const name of ['boxes', 'boxes-of-folder', 'boxes-of-graph', 'boxes-of-web']) {
      const lines = readFileSync(join(folder, `${name}.ndjson`), 'utf8')
        .trim()
        .split('\n');
      expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'totals', frames: 36 });
    }
    expect(existsSync(join(folder, 'leaves.mp4'))).toBe(true);
    // Removed at the end.
    expect(run('npx heatbox models list')).not.toMatch(/yours/);
  }, 300_000);

  it('lists the preprocessings there are', async () => {
    const { preprocessings } = await import('../../src/model/making/index.ts');
    const listed = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(Object.keys(preprocessings).sort());
  });
});

function blocks(language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)\n\`\`\``, 'gms'))].map(([, block]) => block!);
}

/** What PyTorch exports, of a smaller network: convolutions, pooling, a linear layer. */
function exported(): Uint8Array {
  const net = network();
  let value = net.input('image', ['batch', 3, 'height', 'width']);
  for (const [ins, outs] of [
    [3, 8],
    [8, 8],
    [8, 8],
  ] as const)
    value = net.node('Relu', [net.conv(value, ins, outs, { stride: 2 })]);
  const pooled = net.node('Flatten', [net.node('GlobalAveragePool', [value])]);
  return net.bytes(net.node('Gemm', [pooled, net.weights([8, 3]), net.weights([3])], {}, 'logits'));
}

/** The layers of train_keras.py, with a trunk of one block of MobileNetV2's. */
function kerasLayers(): TestLayer[] {
  const weight = (...shape: number[]) => ({
    shape,
    data: Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 7) / 3),
  });
  const norm = (name: string, from: string, channels: number): TestLayer => ({
    type: 'BatchNormalization',
    name,
    inputs: [from],
    config: { epsilon: 1e-3 },
    weights: {
      gamma: weight(channels),
      beta: weight(channels),
      moving_mean: weight(channels),
      moving_variance: { shape: [channels], data: Array(channels).fill(1) },
    },
  });
  const strided = { strides: [2, 2], padding: 'same', activation: 'linear' };
  return [
    { type: 'InputLayer', name: 'input', config: { batch_input_shape: [null, 224, 224, 3] }, inputs: [] },
    { type: 'RandomFlip', name: 'flip', inputs: ['input'] },
    { type: 'Rescaling', name: 'scale', config: { scale: 1 / 127.5, offset: -1 }, inputs: ['flip'] },
    { type: 'Conv2D', name: 'Conv1', inputs: ['scale'], config: strided, weights: { kernel: weight(3, 3, 3, 8) } },
    norm('bn_Conv1', 'Conv1', 8),
    { type: 'ReLU', name: 'Conv1_relu', inputs: ['bn_Conv1'], config: { max_value: 6 } },
    {
      type: 'DepthwiseConv2D',
      name: 'depthwise',
      inputs: ['Conv1_relu'],
      config: strided,
      weights: { depthwise_kernel: weight(3, 3, 8, 1) },
    },
    norm('bn_depthwise', 'depthwise', 8),
    { type: 'ReLU', name: 'depthwise_relu', inputs: ['bn_depthwise'], config: { max_value: 6 } },
    { type: 'GlobalAveragePooling2D', name: 'gap', inputs: ['depthwise_relu'] },
    { type: 'Dropout', name: 'dropout', inputs: ['gap'] },
    {
      type: 'Dense',
      name: 'dense',
      inputs: ['dropout'],
      config: { activation: 'softmax' },
      weights: { kernel: weight(8, 3), bias: weight(3) },
    },
  ];
}

/** Four pictures a class, of one colour each, as PPM, which torchvision reads. */
function pictures(folder: string): void {
  for (const [position, name] of classes.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < 4; i++) {
      const pixels = Buffer.alloc(64 * 64 * 3);
      for (let at = position; at < pixels.length; at += 3) pixels[at] = 150 + i * 20;
      writeFileSync(join(folder, name, `${i}.ppm`), Buffer.concat([Buffer.from('P6\n64 64\n255\n'), pixels]));
    }
  }
}
