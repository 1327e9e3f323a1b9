import type { Command } from 'commander';
import type { Camera, CameraMode } from '../../media/live/source/cameras.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { visible } from '../../text/visible.ts';
import { print } from '../terminal/print.ts';
import { addOptions } from './add-options.ts';

export function addDevices(program: Command): void {
  addOptions(
    program.command('devices').description('list the cameras of this machine, with their modes'),
    'devices',
  ).action(async (options: FlagsOf<'devices'>) => {
    const { cameraModes, listCameras } = await import('../../media/live/source/cameras.ts');
    const cameras = listCameras().map((camera) => ({ ...camera, modes: cameraModes(camera.device) }));
    await print(options.json ? `${JSON.stringify(cameras, null, 2)}\n` : describe(cameras));
  });
}

function describe(cameras: readonly (Camera & { modes: readonly CameraMode[] })[]): string {
  if (cameras.length === 0) return 'No camera is connected to this machine.\n';
  return cameras
    .map(({ device, name, modes }) => {
      const lines = modes.map(
        ({ width, height, fps, format }) => `    ${width}×${height}, ${Number(fps.toFixed(2))} fps, ${format}\n`,
      );
      const unknown = '    its modes cannot be read: it may be in use, or need permission\n';
      return `${visible(`webcam:${device}  ${name}`)}\n${lines.join('') || unknown}`;
    })
    .join('');
}
