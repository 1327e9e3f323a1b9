import type { Engine } from '../engine.ts';

/** What an engine says of its maps, for one that stands in front of it. */
export function mapsOf({ plain, outlined, threshold }: Engine): Pick<Engine, 'plain' | 'outlined' | 'threshold'> {
  return {
    ...(plain && { plain }),
    ...(outlined && { outlined }),
    ...(threshold !== undefined && { threshold }),
  };
}
