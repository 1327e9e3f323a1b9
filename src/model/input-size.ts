import { type AccuracyName, accuracyOf } from '../cam/accuracy.ts';
import { HeatboxError } from '../error.ts';
import type { Size } from '../types.ts';
import type { Manifest } from './files/manifest.ts';

/** Beyond this many pixels a side, one frame takes seconds and gigabytes. */
const largestSide = 2048;

/**
 * Returns the size to scale a whole frame to: of the sizes that the network takes, the one nearest to the frame's aspect
 * ratio and to the default area of the model. Both errors are ratios, so they are compared as logarithms. The aspect counts
 * twice, since a squeezed object is recognised worse than one a little smaller. 1:1 gives 224×224, 16:9 288×160, 4:3 256×192.
 *
 * @param display Display size of the source in pixels, with rotation and sample aspect ratio applied.
 * @param accuracy `accurate` doubles the area; a network that takes one size only keeps it. Defaults to `fast`.
 */
export function chooseInputSize(
  display: Size,
  model: { readonly manifest: Manifest },
  accuracy: AccuracyName = 'fast',
): Size {
  const { multipleOf, defaultArea, onlySize } = model.manifest.input;
  if (onlySize !== undefined) return onlySize;
  const area = accuracyOf(accuracy).area * defaultArea;
  const aspect = display.width / display.height;
  let best: Size & { error: number } = { width: multipleOf, height: multipleOf, error: Number.POSITIVE_INFINITY };
  for (let width = multipleOf; width <= largestSide; width += multipleOf) {
    for (let height = multipleOf; height <= largestSide; height += multipleOf) {
      const error = Math.hypot(2 * Math.log(width / height / aspect), Math.log((width * height) / area));
      if (error < best.error) best = { width, height, error };
    }
  }
  return { width: best.width, height: best.height };
}

/**
 * Checks an input size that the user chose.
 *
 * @returns the size.
 * @throws HeatboxError `BAD_INPUT_SIZE` if the network does not take it; the hint names the nearest size that it takes.
 */
export function checkInputSize({ width, height }: Size, model: { readonly manifest: Manifest }): Size {
  const { multipleOf, onlySize } = model.manifest.input;
  const shown = `${width}x${height}`;
  if (onlySize !== undefined && (width !== onlySize.width || height !== onlySize.height)) {
    const only = `${onlySize.width}x${onlySize.height}`;
    throw badSize(shown, `does not fit the network, which takes ${only} only`, 'Leave the size out.');
  }
  if (onlySize !== undefined) return onlySize;
  const fits = (side: number) => side % multipleOf === 0 && side >= multipleOf && side <= largestSide;
  if (!fits(width) || !fits(height)) {
    const nearest = [width, height].map((side) => {
      const clamped = Math.min(Math.max(side, multipleOf), Math.floor(largestSide / multipleOf) * multipleOf);
      return Math.round(clamped / multipleOf) * multipleOf;
    });
    throw badSize(
      shown,
      `does not fit the network: both sides must be multiples of ${multipleOf} from ${multipleOf} to ${largestSide}`,
      Number.isNaN(nearest[0]! + nearest[1]!) ? NO_SIZE : `The nearest size is ${nearest.join('x')}.`,
    );
  }
  return { width, height };
}

/**
 * Reads an input size from text, e.g. `384x224`.
 *
 * @throws HeatboxError `BAD_INPUT_SIZE` unless it is two whole numbers.
 */
export function parseInputSize(text: string): Size {
  const [, width, height] = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/i.exec(text) ?? [];
  if (width === undefined || height === undefined) throw badSize(text, 'is not WIDTHxHEIGHT', NO_SIZE);
  return { width: Number(width), height: Number(height) };
}

const NO_SIZE = 'Give two whole numbers, e.g. 384x224.';

function badSize(value: string, reason: string, hint: string): HeatboxError {
  return new HeatboxError('BAD_INPUT_SIZE', `input size '${value}' ${reason}`, { value, hint, kind: 'usage' });
}
