import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command, decodedFrames, root, scratch, shortSample } from '../support/heatbox.ts';

// Whole processes, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });

const space = scratch();
const consumer = space.path('consumer');
let packed: { filename: string; size: number; files: { path: string }[] };

/** Runs a command in the folder of the package's user. */
const there = (line: string) => command('sh', '-c', `cd ${consumer} && ${line}`);

/** Fetches nothing: npm's cache has what the repository's own installation brought, or is filled once. */
async function installOffline(): Promise<void> {
  const install = `npm install --ignore-scripts --no-audit --no-fund ${space.path(packed.filename)}`;
  await there(`${install} --offline`).catch(async () => {
    await there(`${install} --package-lock-only --prefer-offline`);
    await there(`${install} --offline`);
  });
}

/**
 * A folder with nothing but a `package.json`, and with packages as npm unpacks them: linked from the repository, since to
 * unpack them takes minutes and is npm's affair. npm takes away those that heatbox does not ask for.
 */
async function emptyProject(): Promise<void> {
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
  const [packages, linked] = [join(root, 'node_modules'), join(consumer, 'node_modules')];
  await command('cp', '-al', packages, linked).catch(() => cpSync(packages, linked, { recursive: true }));
}

beforeAll(async () => {
  const pack = command('npm', 'pack', root, '--json', '--pack-destination', space.dir);
  packed = JSON.parse((await Promise.all([pack, emptyProject()]))[0])[0];
  await installOffline();
});
afterAll(() => space.remove());

describe.concurrent('the package', () => {
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
  });

  it('runs by a link to its program, as a global installation does', async () => {
    symlinkSync(join(consumer, 'node_modules/heatbox/dist/src/cli/main.js'), space.path('heatbox'));
    expect(await command('sh', '-c', `${space.path('heatbox')} labels 89`)).toContain('n01819313');
  });

  it('has types by which the example of the README compiles', async () => {
    const [, example] = /```ts\n(import \{ localiseVideo \}.*?)```/s.exec(
      readFileSync(join(root, 'README.md'), 'utf8'),
    )!;
    writeFileSync(join(consumer, 'example.ts'), example!);
    const tsc = join(root, 'node_modules/.bin/tsc');
    const options = '--noEmit --strict --noUncheckedIndexedAccess --skipLibCheck --module nodenext --target es2023';
    await there(`${tsc} ${options} --types "" --lib es2023,dom example.ts`);
  });

  it('is well formed, and its types are found', async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(consumer, 'node_modules/heatbox'),
      pack: false,
      level: 'warning',
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    const attw = join(root, 'node_modules/.bin/attw');
    await command(attw, space.path(packed.filename), '--profile', 'esm-only', '--format', 'ascii');
  });
});

describe('installed offline', () => {
  const page = readFileSync(join(root, 'docs/install.md'), 'utf8');
  const works = async () => {
    expect(await there('npx --no-install heatbox --version')).toBe(`${packageVersion()}\n`);
    const script = `
      Promise.all([import('heatbox'), import('heatbox/client')]).then(([all, client]) =>
        console.log(typeof all.localiseVideo, typeof client.events));`;
    // As CommonJS imports it, and so as every module does.
    expect(await there(`${process.execPath} --input-type=commonjs -e "${script}"`)).toBe('function function\n');
  };

  it('without install scripts, the command and both entry points work', async () => {
    expect(page).toContain('npm install --ignore-scripts ./heatbox-0.1.0.tgz');
    await works();
  });

  it('with the install scripts that can do without a network, too', async () => {
    expect(page).toContain('ONNXRUNTIME_NODE_INSTALL=skip npm install ./heatbox-0.1.0.tgz');
    // What npm runs of packages that it has unpacked; the rest is as above.
    const scripts = 'npm rebuild --offline --ignore-scripts=false --foreground-scripts onnxruntime-node node-av';
    expect(await there(`ONNXRUNTIME_NODE_INSTALL=skip ${scripts}`)).toContain('onnxruntime-node');
    await works();
  });
});

it('names nothing that could be installed from npm under its unpublished name', () => {
  for (const page of ['README.md', 'docs/install.md'])
    expect(readFileSync(join(root, page), 'utf8')).not.toMatch(/npm (install|i|add)( -\S+)* heatbox(@\S+)?\s/);
});

function packageVersion(): string {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}
