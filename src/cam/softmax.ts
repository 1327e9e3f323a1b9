/**
 * Softmax over all classes, shifted by the largest logit so that it cannot overflow.
 *
 * @param logits `[classCount]`
 * @returns Probabilities `[classCount]`; they sum to 1. A class whose logit is NaN gets 0.
 */
export function softmax(logits: Float32Array): Float32Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  const probabilities = new Float32Array(logits.length);
  let sum = 0;
  for (let index = 0; index < logits.length; index++) {
    const value = Math.exp(logits[index]! - largest);
    if (Number.isNaN(value)) continue;
    probabilities[index] = value;
    sum += value;
  }
  if (sum > 0) for (let index = 0; index < probabilities.length; index++) probabilities[index]! /= sum;
  return probabilities;
}
