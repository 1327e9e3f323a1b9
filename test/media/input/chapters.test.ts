import { describe, expect, it } from 'vitest';
import { chaptersFromDump } from '../../../src/media/input/chapters.ts';
import { built } from '../../support/annotate.ts';
import { clip, SHORT } from '../../support/clips.ts';
import { sidecar } from '../../support/sidecars.ts';
import { missing } from '../../support/tools.ts';

const TITLES = [
  'two\nlines',
  'an empty\n\nline',
  'start 5.000000, ',
  '    Chapter #0:1: ',
  '  Stream #0:0',
  '',
  'title           : ',
  'heatbox description 1 end',
  ' = ; # \\ "q" <b> ünï 😀 ',
];

function metadata(titles: readonly string[]): string {
  const escaped = titles.map((title) => title.replace(/[=;#\\\n]/g, '\\$&'));
  const chapters = escaped.map(
    (title, index) =>
      `[CHAPTER]\nTIMEBASE=1/1000\nSTART=${index * 100}\nEND=${index * 100 + 100}\nartist=nobody\ntitle=${title}\n`,
  );
  return `;FFMETADATA1\n${chapters.join('')}`;
}

const withChapters = (name: string, titles: readonly string[]) =>
  clip(name, [
    ...['-i', SHORT, '-i', sidecar('chapters.txt', metadata(titles)), '-map', '0', '-map_chapters', '1'],
    ...['-map_metadata', '1', '-c', 'copy'],
  ]);

describe.skipIf(missing('ffmpeg', '-version'))('chapters of a file', () => {
  it.each(['mp4', 'mkv'])('have any titles in %s', async (extension) => {
    const { openSource } = await built();
    const source = await openSource({ input: await withChapters(`titles.${extension}`, TITLES) });
    await source.close();
    expect(source.info.chapters.map(({ title }) => title)).toEqual(TITLES);
    expect(source.info.chapters.map(({ start }) => start)).toEqual(TITLES.map((_, index) => index / 10));
  });

  it('are its own where several sources are opened at once', async () => {
    const { openSource } = await built();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const files = await Promise.all(
      names.map((name) => withChapters(`${name}.mkv`, [`first of ${name}`, `second\nof ${name}`])),
    );
    const sources = await Promise.all(files.map((input) => openSource({ input })));
    await Promise.all(sources.map((source) => source.close()));
    expect(sources.map(({ info }) => info.chapters.map(({ title }) => title))).toEqual(
      names.map((name) => [`first of ${name}`, `second\nof ${name}`]),
    );
  });
});

it('a title that FFmpeg cuts off within a character loses that character', () => {
  const pieces = ['    Chapter #0:0: ', 'start 0.000000, ', 'end 1.000000', '      Metadata:'];
  expect(chaptersFromDump([...pieces, '      title           : ', 'ü\ufffd', ''])).toEqual([
    { start: 0, end: 1, title: 'ü' },
  ]);
});
