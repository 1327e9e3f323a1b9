import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/evaluate/csv.ts';

const read = (text: string) => parseCsv(text, ['file', 'x'] as const, 'boxes.csv', ['wnid'] as const);

describe('a CSV file', () => {
  it('gives the wanted columns of each line, whatever their order', () => {
    expect(read('x,other,file\n1,2,a.jpg\n3,4,b.jpg\n')).toEqual([
      { file: 'a.jpg', x: '1', wnid: '' },
      { file: 'b.jpg', x: '3', wnid: '' },
    ]);
  });

  it('has commas, quotes and line ends in quoted fields', () => {
    expect(read('file,x\n"a, ""b""\nc.jpg",1\n')).toEqual([{ file: 'a, "b"\nc.jpg', x: '1', wnid: '' }]);
  });

  it('may begin with a byte order mark, end lines as Windows does, and have spaces, empty lines and commas to spare', () => {
    expect(read('\uFEFFfile,x\r\n\r\n a.jpg , 1,,\r\n')).toEqual([{ file: 'a.jpg', x: '1', wnid: '' }]);
  });

  it.each([
    ['lacks a column', 'file,y\na,1\n', 'boxes.csv has no column x'],
    ['is empty', '', 'boxes.csv has no column file, x'],
    ['has a line with too few fields', 'file,x\na,1\nb\n', 'boxes.csv line 3 has 1 fields: b'],
    ['has a quote that is never closed', 'file,x\na,1\n"unclosed,2\nb,3\n', 'boxes.csv has a quote after line 2 that'],
    ['has a quote in the midst of a field', 'file,x\na"b,1\n', 'boxes.csv line 2 cannot be read: '],
  ])('is refused where it %s', (_, text, says) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'BAD_CSV', kind: 'usage', message: expect.stringContaining(says) }),
    );
  });
});
