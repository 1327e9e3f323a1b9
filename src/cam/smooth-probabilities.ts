/** Seconds in which a frame's word loses all but 1/e of its weight. */
const MEMORY = 1;

/** A frame contradicts the ones before when it is sure of a class, and shares no more than this with their average. */
const SURE = 0.5;
const SHARED = 0.25;

/** How many frames in a row must, for what was before to be another shot and forgotten. */
const CONTRADICTIONS = 3;

/**
 * Averages class probabilities over the frames so far, older ones counting exponentially less: neighbouring frames show
 * the same thing, and in a blurred one they know better what it is. Causal, so it serves live streams as well. The first
 * frames are averaged evenly, whatever the first one said. It starts anew after a cut, when three frames in a row are
 * sure of something else, and where time goes back (a seek, a loop).
 *
 * @returns takes a frame's `[classCount]` probabilities and its time in seconds; gives the average, which sums to what
 * they sum to.
 */
export function smoothProbabilities(): (probabilities: Float32Array, pts: number) => Float32Array {
  let sums = new Float64Array();
  let weight = 0;
  let last = Number.NEGATIVE_INFINITY;
  let contradictions = 0;
  return (probabilities, pts) => {
    contradictions = contradicts(probabilities, sums, weight) ? contradictions + 1 : 0;
    const begins = sums.length !== probabilities.length || pts < last || contradictions === CONTRADICTIONS;
    if (begins) sums = new Float64Array(probabilities.length);
    const kept = begins ? 0 : Math.exp(-(pts - last) / MEMORY);
    last = pts;
    weight = weight * kept + 1;
    for (let index = 0; index < sums.length; index++) sums[index] = sums[index]! * kept + probabilities[index]!;
    const averages = new Float32Array(sums.length);
    for (let index = 0; index < sums.length; index++) averages[index] = sums[index]! / weight;
    return averages;
  };
}

function contradicts(probabilities: Float32Array, sums: Float64Array, weight: number): boolean {
  let most = 0;
  let shared = 0;
  for (let index = 0; index < sums.length; index++) {
    most = Math.max(most, probabilities[index]!);
    shared += Math.min(probabilities[index]!, sums[index]! / weight);
  }
  return most >= SURE && shared <= SHARED;
}
