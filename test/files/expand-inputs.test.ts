import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandInputs, outputsIn } from '../../src/files/expand-inputs.ts';
import { defaultOutput } from '../../src/files/output-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'heatbox-inputs-'));
const path = (name: string) => join(folder, name);
beforeAll(() => {
  for (const name of ['clips', 'clips/more', 'empty', 'odd [1]']) mkdirSync(path(name));
  const names = [
    'clip10.mp4',
    'clip2.MOV',
    'photo.jpg',
    'photo.annotated.jpg',
    'notes.txt',
    '.hidden.mp4',
    'more/deep.mp4',
  ];
  for (const name of names) writeFileSync(path(`clips/${name}`), '');
  writeFileSync(path('odd [1]/b[2].mp4'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what a command line names', () => {
  it('is one input where it is one, there or not', () => {
    for (const name of [
      path('clips/photo.jpg'),
      'none.mp4',
      'http://h/a?b=[c]*',
      'frames/%04d.png',
      path('odd [1]/b[2].mp4'),
    ])
      expect(expandInputs([name])).toBeUndefined();
  });

  it('is the videos and pictures of a folder, in the order that people count', () => {
    expect(expandInputs([path('clips')])).toEqual({
      folder: path('clips'),
      files: ['clip2.MOV', 'clip10.mp4', 'photo.jpg'].map((name) => path(`clips/${name}`)),
    });
  });

  it('is what a glob matches, once, without what heatbox has made', () => {
    const { files } = expandInputs([path('clips/**/*.{mp4,jpg}'), path('clips/photo.jpg')])!;
    expect(files).toEqual(['clip10.mp4', 'more/deep.mp4', 'photo.jpg'].map((name) => path(`clips/${name}`)));
  });

  it('is refused where it holds nothing', () => {
    for (const name of [path('empty'), path('clips/*.avi')])
      expect(() => expandInputs([name])).toThrow(expect.objectContaining({ code: 'SOURCE_NOT_FOUND' }));
  });
});

describe('the outputs of several inputs', () => {
  it('are named after them, with the extension of what is made', () => {
    expect(outputsIn('out', ['a/one.mov', 'a/two.JPG', 'a/three.webp'])).toEqual(
      ['one.mp4', 'two.jpg', 'three.png'].map((name) => join('out', name)),
    );
    expect(outputsIn('out', ['a/one.mov'], '.ndjson')).toEqual([join('out', 'one.ndjson')]);
  });

  it('keep apart what differs in its extension alone, and refuse what does not differ', () => {
    expect(outputsIn('out', ['a/one.mov', 'a/one.mp4'])).toEqual(
      ['one.mov.mp4', 'one.mp4.mp4'].map((name) => join('out', name)),
    );
    expect(() => outputsIn('out', ['a/one.mp4', 'b/one.mp4'])).toThrow(
      expect.objectContaining({ code: 'OUTPUT_SAME' }),
    );
  });
});

it.each([
  ['a/photo.jpg', 'a/photo.annotated.jpg'],
  ['photo.JPEG', 'photo.annotated.jpeg'],
  ['photo.webp', 'photo.annotated.png'],
  ['frames/%04d.png', 'frames/sequence.annotated.mp4'],
  ['film.gif', 'film.annotated.mp4'],
])('of %s the output is %s', (input, output) => expect(defaultOutput(input)).toBe(join(output)));
