import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { avGetPixFmtName, Device } from 'node-av/lib';

export interface Camera {
  /** What FFmpeg calls it: `/dev/video0` on Linux. */
  readonly device: string;
  /** What its maker calls it. */
  readonly name: string;
}

export interface CameraMode {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly format: string;
}

/**
 * The cameras of this machine, in the system's order.
 *
 * @param folder - Where Linux tells of its video devices.
 */
export function listCameras(folder = '/sys/class/video4linux'): Camera[] {
  if (process.platform === 'linux') return linuxCameras(folder);
  return Device.listSync()
    .filter(({ type }) => type === 'video')
    .map(({ name, description }) => ({ device: name, name: description || name }));
}

/** The modes a camera says it has; none where it cannot be asked, as when it is in use. */
export function cameraModes(device: string): CameraMode[] {
  try {
    return Device.modesSync(device).map(({ width, height, maxFrameRate, pixelFormat }) => ({
      width,
      height,
      fps: maxFrameRate,
      format: avGetPixFmtName(pixelFormat) ?? 'compressed',
    }));
  } catch {
    return [];
  }
}

/** One sentence that names the cameras there are. */
export function cameraList(cameras: readonly Camera[]): string {
  if (cameras.length === 0) return 'No camera is connected to this machine.';
  return `Cameras here: ${cameras.map(({ device, name }) => `${device} (${name})`).join(', ')}.`;
}

function linuxCameras(folder: string): Camera[] {
  if (!existsSync(folder)) return [];
  const read = (node: string, file: string) => {
    try {
      return readFileSync(join(folder, node, file), 'utf8').trim();
    } catch {
      return '';
    }
  };
  return (
    readdirSync(folder)
      .filter((node) => /^video\d+$/.test(node))
      // Further nodes of a camera bring metadata, not pictures.
      .filter((node) => ['0', ''].includes(read(node, 'index')))
      .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
      .map((node) => ({ device: `/dev/${node}`, name: read(node, 'name') || node }))
  );
}
