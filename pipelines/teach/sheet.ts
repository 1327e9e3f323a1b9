import { OUTLINED_THRESHOLD } from '../../src/cam/accuracy.ts';
import { localiseMaps } from '../../src/cam/localise-maps.ts';
import { type SheetPicture, writeSheet } from '../../src/evaluate/worst-sheet.ts';
import { openEngine } from '../../src/inference/open-engine.ts';
import type { PrecisionWish } from '../../src/inference/providers/precision.ts';
import { readImage } from '../../src/media/input/read-image.ts';
import { chooseInputSize } from '../../src/model/index.ts';
import { isImage } from './examples.ts';
import type { Taught } from './teach.ts';

/** Pictures on a sheet at most. */
const MOST = 60;

/**
 * Draws the pictures of a taught model with the box of their class, as the model finds it.
 *
 * @throws HeatboxError `OUTPUT_WRITE`, and what engines throw.
 */
export async function writeTeachSheet(
  path: string,
  { model, files }: Taught,
  options: { readonly precision?: PrecisionWish; readonly threads?: number },
): Promise<void> {
  const engine = await openEngine(model, { ...options, accuracy: 'fast' });
  const pictures: SheetPicture[] = [];
  try {
    const shown = files.filter((file) => isImage(file.path)).slice(0, MOST);
    for (const { path: file, className } of shown) {
      const image = await readImage(file);
      const grid = chooseInputSize(image.display, model);
      const [maps] = await engine.run([image.input(grid)]);
      const classes = model.labels.filter(({ name }) => name === className).map(({ index }) => index);
      const [found] = localiseMaps(maps!, {
        classes,
        topK: 1,
        minScore: 0,
        display: image.display,
        grid,
        threshold: OUTLINED_THRESHOLD,
      });
      pictures.push({ file, truth: [], found: found?.box, size: image.display });
    }
  } finally {
    await engine.close();
  }
  await writeSheet(path, '', pictures);
}
