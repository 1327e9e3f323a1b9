import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { HeatboxError } from '../src/error.ts';
import { unreadable } from '../src/files/read-text.ts';
import { perSecond } from '../src/media/frame-rate.ts';
import { readImage } from '../src/media/input/read-image.ts';
import { openSource } from '../src/media/source.ts';
import { chooseInputSize, type Model } from '../src/model/index.ts';
import { consume } from '../src/operators/consume.ts';
import type { ModelInput } from '../src/types.ts';

const IMAGES = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.gif']);

/**
 * Pictures to calibrate a network on, spread evenly over what was given, at the sizes it would see them at.
 *
 * @param paths Images, folders of images, and clips.
 * @param most Pictures at most.
 * @throws HeatboxError `FILE_UNREADABLE`, `IMAGE_UNREADABLE`, `NO_IMAGES`, `SOURCE_…`
 */
export async function calibrationPictures(paths: readonly string[], model: Model, most: number): Promise<ModelInput[]> {
  const found = (await Promise.all(paths.map(filesAt))).flat();
  const images = found.filter((path) => IMAGES.has(extname(path).toLowerCase()));
  const clips = found.filter((path) => !images.includes(path));
  const share = Math.max(1, Math.floor(most / (clips.length + (images.length > 0 ? 1 : 0))));
  const pictures: ModelInput[] = [];
  for (const path of spread(images, share)) {
    const image = await readImage(path);
    pictures.push(image.input(chooseInputSize(image.display, model)));
  }
  for (const clip of clips) pictures.push(...(await framesOf(clip, model, share)));
  return pictures;
}

/** The path itself, or the images of a folder. */
async function filesAt(path: string): Promise<string[]> {
  const about = await stat(path).catch((cause: Error) => {
    throw unreadable(path, cause);
  });
  if (!about.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => IMAGES.has(extname(name).toLowerCase())).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new HeatboxError('NO_IMAGES', `the folder ${path} has no images`, {
    value: path,
    kind: 'usage',
    hint: 'JPEG, PNG, WebP, AVIF and GIF can be read; clips are given one by one.',
  });
}

/** Frames of a clip, spread evenly over it. */
export async function framesOf(input: string, model: Model, most: number): Promise<ModelInput[]> {
  const source = await openSource({ input });
  try {
    const { display, frameRate } = source.info.video;
    const frames = (source.info.duration ?? 0) * perSecond(frameRate);
    const options = { inputSize: chooseInputSize(display, model), stride: Math.max(1, Math.floor(frames / most)) };
    const pictures: ModelInput[] = [];
    const seen = source.frames({ ...options, credits: options.stride + 2 }).pipe(
      consume(async ({ input: picture }) => {
        // Its bytes lie in memory that the next frames use again.
        if (picture !== undefined) pictures.push({ ...picture, data: Uint8Array.from(picture.data) });
      }),
    );
    await lastValueFrom(seen, { defaultValue: undefined });
    return spread(pictures, most);
  } finally {
    await source.close();
  }
}

function spread<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, position) => items[Math.floor((position * items.length) / most)]!);
}
