import { FFmpegError } from 'node-av/lib';
import { HeatboxError } from '../../../error.ts';
import type { ErrorCode } from '../../../error-codes.ts';
import { cameraList, listCameras } from './cameras.ts';
import type { Locator } from './locator.ts';

const DENIED = -13;
const BUSY = -16;
const NO_DEVICE = -19;

/**
 * What is wrong with a camera that cannot be opened or read, with the cameras there are as its hint: `WEBCAM_BUSY`,
 * `WEBCAM_NO_PERMISSION`, `WEBCAM_UNPLUGGED` or `WEBCAM_FAILED`.
 *
 * @param code - FFmpeg's, the system's error number below zero.
 */
export function cameraError(locator: Locator, doing: 'open' | 'read', code: number): HeatboxError {
  const device = locator.url.replace(/^video=/, '');
  const cameras = listCameras();
  const fail = (code: ErrorCode, message: string, advice = '') =>
    new HeatboxError(code, message, {
      value: device,
      kind: doing === 'open' ? 'usage' : 'runtime',
      hint: `${advice}${cameraList(cameras)}`,
    });
  if (code === BUSY)
    return fail('WEBCAM_BUSY', `${device} is in use by another program`, 'Close it, or take another camera. ');
  if (code === DENIED)
    return fail(
      'WEBCAM_NO_PERMISSION',
      `no permission to use ${device}`,
      'Linux gives it to the members of the group "video". ',
    );
  if (code === NO_DEVICE || !cameras.some((camera) => camera.device === device))
    return fail('WEBCAM_UNPLUGGED', `${device} was unplugged`);
  return fail('WEBCAM_FAILED', `could not ${doing} ${device}: ${FFmpegError.strerror(code)}`);
}
