import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { heatbox, root, scratch, start } from '../support/heatbox.ts';
import { isRunning, mediaHosts } from '../support/live.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { missing } from '../support/tools.ts';

type Behaviour = 'plays' | 'silent' | 'denied' | 'busy-open' | 'busy-format' | 'busy-buffers' | 'busy-start';

const files = scratch();
afterAll(() => files.remove());

/** FFmpeg's own V4L2 code, over cameras that are played by a library in the place of the kernel. */
describe.skipIf(process.platform !== 'linux' || missing('gcc', '--version'))('a webcam', () => {
  const library = files.path('fake-cameras.so');
  const folder = files.path('cameras');
  const env = { ...process.env, LD_PRELOAD: library, FAKE_CAMERAS: folder };
  let model: string;

  beforeAll(() => {
    execFileSync('gcc', [
      '-Wall',
      '-shared',
      '-fPIC',
      '-o',
      library,
      join(root, 'test/support/fake-cameras.c'),
      '-ldl',
    ]);
    model = writeTinyModel(files.path('model'));
  });
  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'dev'), { recursive: true });
    plug('video0', 'Desk', 'plays');
    plug('video2', 'Door', 'plays');
  });

  function plug(node: string, name: string, behaviour: Behaviour): void {
    mkdirSync(join(folder, 'sys', node), { recursive: true });
    writeFileSync(join(folder, 'sys', node, 'name'), `${name}\n`);
    writeFileSync(join(folder, 'sys', node, 'index'), '0\n');
    writeFileSync(join(folder, 'dev', node), behaviour);
  }

  function unplug(node: string): void {
    rmSync(join(folder, 'sys', node), { recursive: true });
    rmSync(join(folder, 'dev', node));
  }

  function watch(source: string) {
    const running = start(['watch', '--port', '0', '--model', model, '--threads', '1', source], { env });
    onTestFinished(() => void running.child.kill('SIGKILL'));
    const says = (text: string | RegExp) =>
      expect.poll(() => running.heard(), { timeout: 20_000, interval: 50 }).toMatch(text);
    return { ...running, says };
  }

  it('is listed with its modes', async () => {
    const { stdout } = await heatbox(['devices'], { env });
    expect(stdout).toBe(
      'webcam:/dev/video0  Desk\n    160×120, 25 fps, yuyv422\nwebcam:/dev/video2  Door\n    160×120, 25 fps, yuyv422\n',
    );
  });

  it.each(['webcam:', 'webcam:Door', 'webcam:/dev/video2?size=160x120&fps=25'])('%s is watched', async (source) => {
    const { says, heard } = watch(source);
    await says(/: live\n/);
    const url = /watch at (\S+);/.exec(heard())![1];
    const name = /heatbox: (\S+): live/.exec(heard())![1];
    const picture = async () => fetch(`${url}/v1/streams/${name}/snapshot.jpg`);
    await expect.poll(async () => (await picture()).headers.get('content-type'), { timeout: 5000 }).toBe('image/jpeg');
  });

  it.each(['busy-open', 'busy-format', 'busy-buffers', 'busy-start'] as const)(
    'that another program has is said to be in use: %s',
    async (behaviour) => {
      plug('video0', 'Desk', behaviour);
      const { code, lines } = await watch('webcam:').outcome;
      expect(lines.at(-1)).toBe(
        'heatbox: WEBCAM_BUSY: /dev/video0 is in use by another program. Close it, or take another camera. ' +
          'Cameras here: /dev/video0 (Desk), /dev/video2 (Door).',
      );
      expect(code).toBe(2);
    },
  );

  it('that may not be used says who may', async () => {
    plug('video0', 'Desk', 'denied');
    const { code, lines } = await watch('webcam:').outcome;
    expect(lines.at(-1)).toMatch(
      /^heatbox: WEBCAM_NO_PERMISSION: no permission to use \/dev\/video0\. .*Cameras here: /,
    );
    expect(code).toBe(2);
  });

  it('that is not there is answered with those that are', async () => {
    const { code, lines } = await watch('webcam:/dev/video1').outcome;
    expect(lines.at(-1)).toBe(
      'heatbox: WEBCAM_ABSENT: there is no camera "/dev/video1". Cameras here: /dev/video0 (Desk), /dev/video2 (Door).',
    );
    expect(code).toBe(2);
  });

  it('that is unplugged is waited for, and goes on when it is back', async () => {
    const { says, heard } = watch('webcam:/dev/video0');
    await says(/: live\n/);
    unplug('video0');
    await says('reconnecting: /dev/video0 was unplugged. Cameras here: /dev/video2 (Door).\n');
    await says('reconnecting: there is no camera "/dev/video0". Cameras here: /dev/video2 (Door).\n');
    const before = heard().length;
    plug('video0', 'Desk', 'busy-format');
    await says('reconnecting: /dev/video0 is in use by another program. ');
    plug('video0', 'Desk', 'plays');
    await expect.poll(() => heard().slice(before), { timeout: 20_000 }).toMatch(/: live\n/);
  });

  it('that never has a frame does not keep heatbox from ending', async () => {
    plug('video0', 'Desk', 'silent');
    const { child, says, outcome } = watch('webcam:');
    await says('watch at');
    await expect.poll(() => mediaHosts(child.pid)).toHaveLength(1);
    const hosts = mediaHosts(child.pid);
    const began = performance.now();
    child.kill('SIGINT');
    expect((await outcome).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(hosts.filter(isRunning)).toEqual([]);
  });
});
