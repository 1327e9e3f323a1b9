import { addScaled } from '../cam/class-map.ts';
import type { MapOverTime } from '../cam/localise-maps.ts';
import { normalise } from '../cam/normalise.ts';
import { upsample } from '../cam/upsample.ts';
import type { CamMap } from '../types.ts';
import type { Affine } from './camera.ts';
import { movingParts } from './moving-parts.ts';
import type { Pair } from './recent.ts';

/** What motion adds to a map at most, as a share of its range. */
const MOTION = 0.5;

/** Seconds in which a frame's map loses all but 1/e of its weight. */
const MEMORY = 0.1;

/** What has lost this many times as long is forgotten. */
const FORGOTTEN = 5;

/** A map as it was averaged up to a frame. */
interface Kept {
  /** Its most probable class. */
  readonly classIndex: number;
  readonly classes: ReadonlySet<number>;
  readonly pts: number;
  readonly sum: CamMap;
  readonly weight: number;
}

/**
 * Class maps over time, from the past alone, so that it serves live streams as well. Two things that a single picture does
 * not tell: what moves by itself belongs together and is rather an object than its surroundings; and an object is about
 * where it was a moment ago. To a map, from 0 to 1, half of the moving parts' share is added; the sums are averaged over
 * the last tenth of a second.
 *
 * @returns takes a frame's time and pictures; gives what improves its maps, to be called once for each map, the surest first.
 */
export function mapsOverTime(): (pts: number, pair?: Pair) => MapOverTime {
  let kept: readonly Kept[] = [];
  let camera: Affine | undefined;
  let newest = Number.NEGATIVE_INFINITY;
  return (pts, pair) => {
    let past = pts < newest ? [] : kept.filter((one) => pts - one.pts <= FORGOTTEN * MEMORY);
    const fresh: Kept[] = [];
    let moving: CamMap | undefined;
    let first = true;
    newest = pts;

    function findMotion(object: CamMap): void {
      if (pair?.before === undefined) return;
      const found = movingParts(pair.now, pair.before, object, camera);
      camera = found.camera;
      moving = found.parts;
      // Another scene: what was before says nothing of it.
      if (moving === undefined) past = [];
    }

    return (raw, classes) => {
      const map = normalise(raw);
      if (first) findMotion(map);
      first = false;
      const { rows, cols, data } = moving ? withMotion(map, moving) : map;
      const own = new Set(classes.map(({ classIndex }) => classIndex));
      const { classIndex } = classes[0]!;
      const before = past.find(
        ({ sum, ...one }) =>
          sum.rows === rows && sum.cols === cols && (one.classes.has(classIndex) || own.has(one.classIndex)),
      );
      past = past.filter((one) => one !== before);
      const share = before ? Math.exp(-(pts - before.pts) / MEMORY) : 0;
      const sum = data.slice();
      if (before) addScaled(sum, before.sum.data, 0, share);
      const weight = 1 + share * (before?.weight ?? 0);
      fresh.push({ classIndex, classes: own, pts, sum: { rows, cols, data: sum }, weight });
      kept = [...fresh, ...past];
      const mean = new Float32Array(sum.length);
      addScaled(mean, sum, 0, 1 / weight);
      return { rows, cols, data: mean };
    };
  };
}

/** On the finer of the two grids. */
function withMotion(map: CamMap, parts: CamMap): CamMap {
  const { rows, cols } = map.rows >= parts.rows ? map : parts;
  const size = { width: cols, height: rows };
  const data = upsample(map, size);
  const motion = upsample(parts, size);
  addScaled(data, motion, 0, MOTION);
  return normalise({ rows, cols, data });
}
