import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cameraList, listCameras } from '../../../../src/media/live/source/cameras.ts';

it.runIf(process.platform === 'linux')("lists Linux's cameras by their first nodes, in their order", () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatbox-cameras-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [node, name, index] of [
    ['video10', 'Door', '0'],
    ['video2', 'Desk', '0'],
    ['video3', 'Desk', '1'],
  ] as const) {
    mkdirSync(join(folder, node));
    writeFileSync(join(folder, node, 'name'), `${name}\n`);
    writeFileSync(join(folder, node, 'index'), `${index}\n`);
  }
  const cameras = listCameras(folder);
  expect(cameras).toEqual([
    { device: '/dev/video2', name: 'Desk' },
    { device: '/dev/video10', name: 'Door' },
  ]);
  expect(cameraList(cameras)).toBe('Cameras here: /dev/video2 (Desk), /dev/video10 (Door).');
  expect(listCameras(join(folder, 'nothing'))).toEqual([]);
});
