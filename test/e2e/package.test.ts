import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command, decodedFrames, longSample, root, scratch, shortSample } from '../support/heatbox.ts';

// Whole processes, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });

const space = scratch();
const consumer = space.path('consumer');
const example = readFileSync(join(import.meta.dirname, 'library-example.txt'), 'utf8');
let packed: { filename: string; size: number; files: { path: string }[] };

/** Runs a command in the folder of the package's user. */
const there = (line: string) => command('sh', '-c', `cd ${consumer} && ${line}`);

beforeAll(async () => {
  mkdirSync(consumer);
  packed = JSON.parse(await command('npm', 'pack', root, '--json', '--pack-destination', space.dir))[0];
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
  await there(`npm install --ignore-scripts --no-audit --no-fund ${space.path(packed.filename)}`);
});
afterAll(() => space.remove());

describe('the package', () => {
  it('has what runs, the model with its licence, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    for (const needed of [
      'LICENSE',
      'package.json',
      'dist/src/cli/main.js',
      'dist/src/index.d.ts',
      'dist/src/media/host/thread-main.js',
      'dist/src/inference/worker.js',
      'dist/web-viewer/index.html',
      'dist/web-viewer/heatbox-player.js',
      'models/resnet50-imagenet/LICENSE',
      'models/resnet50-imagenet/model.onnx',
      'models/resnet50-imagenet/manifest.json',
      'models/resnet50-imagenet/labels.json',
    ])
      expect(paths).toContain(needed);
    const expected =
      /^(dist\/(src|pipelines)\/.*(\.js|\.d\.ts)|dist\/web-viewer\/.*|models\/.*|LICENSE|README\.md|package\.json)$/;
    expect(paths.filter((path) => !expected.test(path))).toEqual([]);
  });

  it('refers to no source map, since none is in it', () => {
    const code = packed.files.map(({ path }) => path).filter((path) => /\.(js|css|d\.ts)$/.test(path));
    expect(code.length).toBeGreaterThan(100);
    const referring = code.filter((path) => readFileSync(join(root, path), 'utf8').includes('sourceMappingURL='));
    expect(referring).toEqual([]);
  });

  it('annotates a video by npx', async () => {
    copyFileSync(shortSample, join(consumer, 'plant.mp4'));
    await there('npx --no-install heatbox annotate plant.mp4 --input-size 64x64 --quiet');
    expect(await decodedFrames(join(consumer, 'plant.annotated.mp4'))).toBe(36);
    expect(await there('npx --no-install heatbox --version')).toBe(`${packageVersion()}\n`);
  });

  it('runs by a link to its program, as a global installation does', async () => {
    symlinkSync(join(consumer, 'node_modules/heatbox/dist/src/cli/main.js'), space.path('heatbox'));
    expect(await command('sh', '-c', `${space.path('heatbox')} labels 89`)).toContain('n01819313');
  });

  it('has types by which the example of the README compiles, and code by which it runs', async () => {
    writeFileSync(join(consumer, 'example.ts'), example);
    const second = ['-v', 'error', '-ss', '3', '-t', '1', '-i', longSample, '-an'];
    await command('ffmpeg', ...second, '-preset', 'ultrafast', join(consumer, 'bird.mp4'));
    const tsc = join(root, 'node_modules/.bin/tsc');
    await there(
      `${tsc} --strict --noUncheckedIndexedAccess --skipLibCheck --module nodenext --target es2023 --types "" example.ts`,
    );
    const printed = await there(`${process.execPath} example.js`);
    expect(printed).toMatch(/^0\.\d{3} 1 sulphur-crested cockatoo [01]\.\d\d \[ \d+, \d+, \d+, \d+ \]$/m);
  });

  it('is imported by CommonJS as well', async () => {
    const script = "import('heatbox').then(({ HeatboxError }) => console.log(typeof HeatboxError))";
    expect(await there(`${process.execPath} --input-type=commonjs -e "${script}"`)).toBe('function\n');
  });
});

/** As docs/install.md shows it, where nothing can be fetched: npm's cache has all that the first installation brought. */
describe.each([
  ['without install scripts', 'npm install --ignore-scripts'],
  ['with those that can do without a network', 'ONNXRUNTIME_NODE_INSTALL=skip npm install'],
])('the package, installed offline in an empty folder %s', (way, line) => {
  it('has its command and both its entry points', async () => {
    const folder = space.path(`offline ${way}`);
    mkdirSync(folder);
    const file = space.path(packed.filename);
    const within = (text: string) => command('sh', '-c', `cd "${folder}" && ${text}`);
    expect(readFileSync(join(root, 'docs/install.md'), 'utf8')).toContain(line);
    await within(`${line} --offline --no-audit --no-fund "${file}"`);
    expect(await within('npx --no-install heatbox --version')).toBe(`${packageVersion()}\n`);
    const script = `
      const [all, client] = await Promise.all([import('heatbox'), import('heatbox/client')]);
      console.log(typeof all.annotateFile, typeof client.events);`;
    expect(await within(`${process.execPath} --input-type=module -e "${script}"`)).toBe('function function\n');
  });
});

it('names nothing that could be installed from npm under its unpublished name', () => {
  for (const page of ['README.md', 'docs/install.md'])
    expect(readFileSync(join(root, page), 'utf8')).not.toMatch(/npm (install|i|add)( -\S+)* heatbox(@\S+)?\s/);
});

it('the README shows the example', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(example.trimEnd());
});

function packageVersion(): string {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}
