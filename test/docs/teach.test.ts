/** Runs the commands of docs/teach.md, as a reader would type them. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnnx } from '../../src/inference/sessions/open-onnx.ts';
import { openEngine } from '../support/built.ts';
import { root, scratch } from '../support/heatbox.ts';

const shell = [...readFileSync(join(root, 'docs/teach.md'), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)].map(
  ([, block]) => block!,
);

describe('docs/teach.md', () => {
  const space = scratch();
  const run = (commands: string) =>
    execFileSync('sh', ['-eu', '-c', commands], {
      cwd: space.dir,
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, PATH: `${space.path('bin')}:${process.env.PATH}`, XDG_DATA_HOME: space.path('data') },
    });

  beforeAll(() => {
    // npx heatbox is the one that was built here.
    mkdirSync(space.path('bin'));
    const program = `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'dist/src/cli/main.js')}" "$@"\n`;
    writeFileSync(space.path('bin/npx'), program);
    chmodSync(space.path('bin/npx'), 0o755);
    symlinkSync(join(root, 'samples'), space.path('samples'));
  });
  afterAll(space.remove);

  it('teaches the clips that ship', () => {
    const printed = run(shell[0]!);
    expect(printed).toMatch(/cockatoo +8 +100 % +100 %/);
    expect(printed).toMatch(/flowerpot +8 +100 % +100 %/);
  });

  it('finds the taught class in a clip', () => {
    run(shell[1]!);
    const lines = readFileSync(space.path('boxes.ndjson'), 'utf8');
    expect(lines).toContain('flowerpot');
    expect(lines).not.toContain('cockatoo"');
  });

  it('refuses a name that is taken', () => {
    expect(() => run(shell[0]!.split('\n').at(-2)!)).toThrow(/there is a model 'lesson' already/);
  });

  it('exports a network with the same logits', async () => {
    run(shell[2]!);
    const { loadModel } = await import('../support/built.ts');
    const model = await loadModel(join(space.path('data'), 'heatbox/models/lesson'));
    const engine = await openEngine(model, { precision: 'fp32' });
    const data = Uint8Array.from({ length: 224 * 224 * 3 }, (_, at) => (at * 7919) % 251);
    const [maps] = await engine.run([{ width: 224, height: 224, data }]);
    await engine.close();
    const plain = await openOnnx(readFileSync(space.path('lesson.onnx')));
    const { logits } = await plain.run({ image: { type: 'uint8', dims: [1, 224, 224, 3], data } });
    await plain.close();
    for (const [index, logit] of [...(logits!.data as Float32Array)].entries())
      expect(logit).toBeCloseTo(maps!.logits[index]!, 3);
  });
});
