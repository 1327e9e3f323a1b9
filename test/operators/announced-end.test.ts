import { describe, expect, it } from 'vitest';
import { isAnnouncedEnd } from '../../src/operators/announced-end.ts';

describe('an announced length that ends early', () => {
  const camera = 'rtsp://nvr/recording';

  it('is a lost connection', () => {
    expect(isAnnouncedEnd({ input: camera, duration: 60 }, 20)).toBe(false);
    expect(isAnnouncedEnd({ input: 'http://host/film.mp4', duration: 60 }, 56)).toBe(false);
  });

  it('is an end within seconds of it', () => {
    expect(isAnnouncedEnd({ input: camera, duration: 60 }, 58)).toBe(true);
    expect(isAnnouncedEnd({ input: camera, duration: 60 }, 61)).toBe(true);
  });

  it('is never the end of a source without a length, and always that of a file', () => {
    expect(isAnnouncedEnd({ input: camera }, 1000)).toBe(false);
    expect(isAnnouncedEnd({ input: 'film.mp4', duration: 60 }, 1)).toBe(true);
    expect(isAnnouncedEnd({ input: 'C:\\film.mp4' }, 1)).toBe(true);
  });
});
