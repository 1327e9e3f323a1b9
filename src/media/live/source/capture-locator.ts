import { HeatboxError } from '../../../error.ts';
import { cameraList, listCameras } from './cameras.ts';
import type { Locator } from './locator.ts';

/** FFmpeg's capture formats, by `process.platform`. */
const CAMERA_FORMATS: Readonly<Record<string, string>> = { linux: 'v4l2', darwin: 'avfoundation', win32: 'dshow' };
const SCREEN_FORMATS: Readonly<Record<string, string>> = { linux: 'x11grab', darwin: 'avfoundation', win32: 'gdigrab' };

/**
 * @param rest - What follows `webcam:`: nothing for the first camera, its number or name, then `?size=1280x720&fps=30` and
 * `format=mjpeg`, the camera's own format.
 * @throws HeatboxError `SOURCE_OPTION`, `WEBCAM_ABSENT` with the cameras that are there, `CAPTURE_UNSUPPORTED`
 */
export function cameraLocator(rest: string): Locator {
  const { name, size, fps, format: input } = readCapture('webcam', rest, ['size', 'fps', 'format']);
  const format = formatOf(CAMERA_FORMATS, 'webcams');
  const cameras = listCameras();
  const wanted =
    name === ''
      ? cameras[0]
      : (cameras.find((camera) => camera.device === name || camera.name === name) ?? cameras[Number(name)]);
  if (wanted === undefined) {
    throw new HeatboxError('WEBCAM_ABSENT', name === '' ? 'there is no camera' : `there is no camera "${name}"`, {
      value: name,
      kind: 'usage',
      hint: cameraList(cameras),
    });
  }
  const inputOption = format === 'v4l2' ? 'input_format' : 'pixel_format';
  return {
    kind: 'webcam',
    url: format === 'dshow' ? `video=${wanted.device}` : wanted.device,
    format,
    options: {
      ...(size === undefined ? {} : { video_size: size }),
      ...(fps === undefined ? {} : { framerate: fps }),
      ...(input === undefined ? {} : { [inputOption]: input }),
    },
  };
}

/**
 * @param rest - What follows `screen:`: nothing for the main screen, or FFmpeg's name of it, then `?size=…&fps=…`.
 * @throws HeatboxError `SOURCE_OPTION`, `SCREEN_ABSENT`, `CAPTURE_UNSUPPORTED`
 */
export function screenLocator(rest: string): Locator {
  const { name, size, fps = '15' } = readCapture('screen', rest, ['size', 'fps']);
  const format = formatOf(SCREEN_FORMATS, 'screens');
  const main = { x11grab: process.env.DISPLAY, avfoundation: 'Capture screen 0', gdigrab: 'desktop' }[format];
  const url = name === '' ? main : name;
  if (url === undefined) {
    throw new HeatboxError('SCREEN_ABSENT', 'there is no X11 display: DISPLAY is not set', {
      kind: 'usage',
      hint: 'Run heatbox in a desktop session, or name the display, as screen::0.',
    });
  }
  return {
    kind: 'screen',
    url,
    format,
    options: { framerate: fps, ...(size === undefined ? {} : { video_size: size }) },
  };
}

const OPTIONS: Readonly<Record<string, { readonly form: RegExp; readonly wanted: string }>> = {
  size: { form: /^\d{2,5}x\d{2,5}$/, wanted: 'a size such as 1280x720' },
  fps: { form: /^\d{1,3}(\.\d+)?$/, wanted: 'frames per second' },
  format: { form: /^[\w-]+$/, wanted: "one of the camera's formats, see heatbox devices" },
};

function readCapture(scheme: string, rest: string, known: readonly string[]) {
  const at = rest.indexOf('?');
  const name = at < 0 ? rest : rest.slice(0, at);
  const options: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(at < 0 ? '' : rest.slice(at))) {
    const option = known.includes(key) ? OPTIONS[key] : undefined;
    if (option?.form.test(value)) options[key] = value;
    else {
      throw new HeatboxError('SOURCE_OPTION', `${scheme}: does not take "${key}=${value}"`, {
        value,
        kind: 'usage',
        hint: option === undefined ? `It takes ${known.join(', ')}.` : `${key} is ${option.wanted}.`,
      });
    }
  }
  return { name, ...options } as { name: string; size?: string; fps?: string; format?: string };
}

function formatOf(formats: Readonly<Record<string, string>>, what: string): string {
  const format = formats[process.platform];
  if (format !== undefined) return format;
  throw new HeatboxError('CAPTURE_UNSUPPORTED', `heatbox cannot capture ${what} on ${process.platform}`, {
    kind: 'usage',
    hint: 'It can on Linux, macOS and Windows.',
  });
}
