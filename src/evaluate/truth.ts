import type { Box, Size } from '../types.ts';
import { numberOf, parseCsv } from './csv.ts';

/** What is true of one image. */
export interface ImageTruth {
  readonly file: string;
  readonly classIndex: number;
  /** The class's WordNet id, where the file has it: then the index is of no matter to a model with such ids. */
  readonly wnid?: string;
  /** In pixels of `size`. */
  readonly boxes: readonly Box[];
  readonly size: Size;
}

/** What is true of one clip. */
export interface ClipTruth {
  readonly clip: string;
  /** The class indices that count as right. */
  readonly classes: readonly number[];
  /** The object's box by frame number, from 0, in display pixels. */
  readonly boxes: ReadonlyMap<number, Box>;
}

const BOX = ['x0', 'y0', 'x1', 'y1'] as const;

/**
 * Reads the boxes of a folder of images: columns `file,class_index,x0,y0,x1,y1,image_w,image_h`, and `wnid` where there is
 * one; several lines where an image has several boxes.
 *
 * @param indexOf Finds a class by its name, for files that have a column `label` instead of `class_index`.
 * @throws HeatboxError `BAD_CSV`
 */
export function parseImageTruth(
  text: string,
  path: string,
  indexOf?: (label: string) => number | undefined,
): ImageTruth[] {
  const named = indexOf === undefined ? 'class_index' : 'label';
  const images = new Map<string, ImageTruth & { boxes: Box[] }>();
  for (const row of parseCsv(text, ['file', named, ...BOX, 'image_w', 'image_h'] as const, path, ['wnid'] as const)) {
    const read = (column: keyof typeof row) => numberOf(row[column], column, path);
    const known = images.get(row.file);
    const classIndex = indexOf ? indexOf(row[named]) : read(named);
    if (classIndex === undefined) continue;
    const image = known ?? {
      file: row.file,
      classIndex,
      ...(row.wnid !== '' && { wnid: row.wnid }),
      boxes: [],
      size: { width: read('image_w'), height: read('image_h') },
    };
    image.boxes.push([read('x0'), read('y0'), read('x1'), read('y1')]);
    if (known === undefined) images.set(row.file, image);
  }
  return [...images.values()];
}

/**
 * Reads which classes count as right for each clip: columns `clip,acceptable_class_indices`, indices with spaces between.
 *
 * @throws HeatboxError `BAD_CSV`
 */
export function parseClips(text: string, path: string): Pick<ClipTruth, 'clip' | 'classes'>[] {
  return parseCsv(text, ['clip', 'acceptable_class_indices'] as const, path).map((row) => ({
    clip: row.clip,
    classes: row.acceptable_class_indices
      .split(/\s+/)
      .filter((index) => index !== '')
      .map((index) => numberOf(index, 'acceptable_class_indices', path))
      .sort((a, b) => a - b),
  }));
}

/**
 * Reads a clip's boxes: columns `frame,x0,y0,x1,y1`.
 *
 * @throws HeatboxError `BAD_CSV`
 */
export function parseClipBoxes(text: string, path: string): Map<number, Box> {
  return new Map(
    parseCsv(text, ['frame', ...BOX] as const, path).map((row) => {
      const read = (column: keyof typeof row) => numberOf(row[column], column, path);
      return [read('frame'), [read('x0'), read('y0'), read('x1'), read('y1')]];
    }),
  );
}
