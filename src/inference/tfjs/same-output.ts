import { softmax } from '../../cam/softmax.ts';

const TOLERANCE = 2e-3;

/** Whether a network's output is these logits, their softmax, or their sigmoid; of two classes, that of the second alone. */
export function sameOutput(logits: Float32Array, output: Float32Array): boolean {
  const [no = 0, yes = 0] = logits;
  const forms =
    output.length < logits.length
      ? [Float32Array.of(yes - no), Float32Array.of(1 / (1 + Math.exp(no - yes)))]
      : [logits, softmax(logits), logits.map((value) => 1 / (1 + Math.exp(-value)))];
  return forms.some((form) => form.length === output.length && close(form, output));
}

function close(actual: Float32Array, expected: Float32Array): boolean {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return actual.every((value, index) => Math.abs(value - expected[index]!) <= TOLERANCE * Math.max(largest, 1e-6));
}
