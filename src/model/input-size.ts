import { HeatboxError } from '../error.ts';
import type { Size } from '../types.ts';
import type { Manifest } from './files/manifest.ts';

/** Beyond this many pixels a side, one frame takes seconds and gigabytes. */
const largestSide = 2048;

/**
 * The size to scale a whole frame to: of the sizes the network takes, the one nearest to the frame's aspect ratio and to
 * the manifest's default area. Both errors are ratios, so they are compared as logarithms; the aspect counts twice,
 * since a squeezed object is recognised worse than one a little smaller. 1:1 gives 224×224, 16:9 288×160, 4:3 256×192.
 *
 * @param display display size of the source in pixels, rotation and sample aspect ratio applied.
 * @param area how many times the default area; a network of one size keeps it.
 */
export function chooseInputSize(display: Size, model: { readonly manifest: Manifest }, area = 1): Size {
  const { multipleOf, defaultArea, onlySize } = model.manifest.input;
  if (onlySize !== undefined) return onlySize;
  const aspect = display.width / display.height;
  let best: Size & { error: number } = { width: multipleOf, height: multipleOf, error: Number.POSITIVE_INFINITY };
  for (let width = multipleOf; width <= largestSide; width += multipleOf) {
    for (let height = multipleOf; height <= largestSide; height += multipleOf) {
      const error = Math.hypot(
        2 * Math.log(width / height / aspect),
        Math.log((width * height) / (area * defaultArea)),
      );
      if (error < best.error) best = { width, height, error };
    }
  }
  return { width: best.width, height: best.height };
}

/**
 * Reads an input size as a user writes it, `384x224`.
 *
 * @throws HeatboxError `BAD_INPUT_SIZE` when it is not two whole numbers the network takes; the hint names the nearest ones.
 */
export function parseInputSize(text: string, model: { readonly manifest: Manifest }): Size {
  const { multipleOf, onlySize } = model.manifest.input;
  const match = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/i.exec(text);
  if (match === null) {
    throw badSize(text, 'is not WIDTHxHEIGHT', 'Write two whole numbers, as 384x224.');
  }
  const [width, height] = [Number(match[1]), Number(match[2])];
  if (onlySize !== undefined && (width !== onlySize.width || height !== onlySize.height)) {
    const only = `${onlySize.width}x${onlySize.height}`;
    throw badSize(text, `does not fit the network, which takes ${only} only`, 'Leave the size out.');
  }
  if (onlySize !== undefined) return onlySize;
  const fits = (side: number) => side % multipleOf === 0 && side >= multipleOf && side <= largestSide;
  if (!fits(width) || !fits(height)) {
    const nearest = [width, height].map((side) => {
      const clamped = Math.min(Math.max(side, multipleOf), Math.floor(largestSide / multipleOf) * multipleOf);
      return Math.round(clamped / multipleOf) * multipleOf;
    });
    throw badSize(
      text,
      `does not fit the network: both sides must be multiples of ${multipleOf} from ${multipleOf} to ${largestSide}`,
      `The nearest size is ${nearest.join('x')}.`,
    );
  }
  return { width, height };
}

function badSize(value: string, reason: string, hint: string): HeatboxError {
  return new HeatboxError('BAD_INPUT_SIZE', `input size '${value}' ${reason}`, { value, hint, kind: 'usage' });
}
