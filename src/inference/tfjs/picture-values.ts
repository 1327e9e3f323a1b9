import type { Preprocessing } from '../../model/index.ts';
import { byteScale } from '../../model/preprocessing.ts';
import type { ModelInput } from '../../types.ts';

/** A batch's bytes as a network wants them: `[N, height, width, 3]`. */
export function pictureValues(inputs: readonly ModelInput[], preprocessing: Preprocessing): Float32Array {
  const { scale, shift } = byteScale(preprocessing);
  const first = preprocessing.order === 'BGR' ? 2 : 0;
  const values = new Float32Array(inputs.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of inputs) {
    for (let pixel = 0; pixel < data.length; pixel += 3) {
      values[at + first] = data[pixel]! * scale[0]! + shift[0]!;
      values[at + 1] = data[pixel + 1]! * scale[1]! + shift[1]!;
      values[at + 2 - first] = data[pixel + 2]! * scale[2]! + shift[2]!;
      at += 3;
    }
  }
  return values;
}
