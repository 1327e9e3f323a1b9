import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { teachFiles } from '../../../pipelines/teach/examples.ts';
import { scratch } from '../../support/heatbox.ts';

describe('what a model is taught with', () => {
  let space: ReturnType<typeof scratch>;
  const put = (path: string, content = path) => writeFileSync(space.path(path), content);
  const find = (negatives?: string) => teachFiles([space.dir], 'toys', negatives);

  beforeEach(() => {
    space = scratch();
    for (const folder of ['ball', 'none']) mkdirSync(space.path(folder));
  });
  afterEach(() => space.remove());

  it('is one folder per class, none/ for what is no class, links included', async () => {
    for (const file of ['ball/a.jpg', 'ball/b.mp4', 'ball/notes.txt', 'none/c.png']) put(file);
    mkdirSync(space.path('elsewhere-1'));
    put('elsewhere-1/d.webp');
    symlinkSync(space.path('elsewhere-1'), space.path('kite'));
    symlinkSync(space.path('elsewhere-1/d.webp'), space.path('ball/e.webp'));
    await expect(find()).rejects.toMatchObject({ code: 'TEACH_TWO_CLASSES' });
  });

  it('is files of one class that the model is named after', async () => {
    put('ball/a.jpg');
    put('ball/b.mp4');
    put('ball/notes.txt');
    const files = await teachFiles([space.path('ball')], 'toys');
    expect(files.map(({ path, className }) => [path.slice(space.dir.length + 1), className])).toEqual([
      ['ball/a.jpg', 'toys'],
      ['ball/b.mp4', 'toys'],
    ]);
  });

  it('takes negatives from a folder of their own', async () => {
    put('ball/a.jpg');
    put('none/c.png');
    const files = await teachFiles([space.path('ball')], 'toys', space.path('none'));
    expect(files.map(({ className }) => className)).toEqual(['toys', 'none']);
  });

  it('is refused with the same picture twice', async () => {
    put('ball/a.jpg', 'same');
    put('ball/b.jpg', 'same');
    put('none/c.png');
    await expect(find()).rejects.toMatchObject({ code: 'TEACH_DUPLICATE', value: space.path('ball/b.jpg') });
  });

  it('is refused with a class that has no pictures, or with none of a class', async () => {
    put('none/c.png');
    await expect(find()).rejects.toMatchObject({ code: 'NO_IMAGES' });
    await expect(teachFiles([space.path('none')], 'none')).rejects.toMatchObject({ code: 'NO_IMAGES' });
    await expect(teachFiles([space.path('nowhere')], 'toys')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
