import type { Box, Localisation, Point, Size, Track } from '../types.ts';

/**
 * Lets one tracker follow objects over changes of the picture's size: it sees everything in the size of its first picture.
 *
 * @returns the way into that size, and back into that of a picture.
 */
export function rescaler(): {
  into(localisations: readonly Localisation[], display: Size): readonly Localisation[];
  back<T extends Track>(tracks: readonly T[], display: Size): readonly T[];
  /** The size that the tracker sees. */
  size(display: Size): Size;
} {
  let first: Size | undefined;
  const size = (display: Size) => {
    first ??= display;
    return first;
  };
  const factors = (from: Size, to: Size) => ({ x: to.width / from.width, y: to.height / from.height });
  return {
    size,
    into(localisations, display) {
      const by = factors(display, size(display));
      if (by.x === 1 && by.y === 1) return localisations;
      return localisations.map((one) => ({ ...one, box: scaleBox(one.box, by), peak: scalePoint(one.peak, by) }));
    },
    back(tracks, display) {
      const by = factors(size(display), display);
      if (by.x === 1 && by.y === 1) return tracks;
      return tracks.map((track) => ({
        ...track,
        box: scaleBox(track.box, by),
        peak: scalePoint(track.peak, by),
        velocity: scalePoint(track.velocity, by),
      }));
    },
  };
}

function scaleBox([x0, y0, x1, y1]: Box, by: Point): Box {
  return [x0 * by.x, y0 * by.y, x1 * by.x, y1 * by.y];
}

function scalePoint({ x, y }: Point, by: Point): Point {
  return { x: x * by.x, y: y * by.y };
}
