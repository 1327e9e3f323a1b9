import type { PlainTensor } from '../run-onnx.ts';

/** How near the logits of a quantised network come to those of the network in float. */
export interface Agreement {
  readonly pictures: number;
  /** Pictures whose best class is the same. */
  readonly sameClass: number;
  /** Root mean square of the logits' differences, over the standard deviation of a picture's logits. */
  readonly difference: number;
}

/** Compares logits, `[pictures, classes]` each. */
export function compareLogits(exact: readonly PlainTensor[], rounded: readonly PlainTensor[]): Agreement {
  let pictures = 0;
  let sameClass = 0;
  let squares = 0;
  let variance = 0;
  for (const [position, { data, dims }] of exact.entries()) {
    const [count, classes] = dims as [number, number];
    const other = rounded[position]!.data as Float32Array;
    for (let start = 0; start < count * classes; start += classes) {
      const one = (data as Float32Array).slice(start, start + classes);
      const two = other.slice(start, start + classes);
      const mean = one.reduce((sum, value) => sum + value, 0) / classes;
      for (const [index, value] of one.entries()) {
        squares += (value - two[index]!) ** 2;
        variance += (value - mean) ** 2;
      }
      pictures++;
      if (best(one) === best(two)) sameClass++;
    }
  }
  return { pictures, sameClass, difference: variance > 0 ? Math.sqrt(squares / variance) : 0 };
}

function best(logits: Float32Array): number {
  return logits.reduce((most, value, index) => (value > logits[most]! ? index : most), 0);
}
