import type { ClassScore, LabelGroup, Namer } from '../types.ts';

/** What a track has been seen as, over its life. */
export interface Evidence {
  /** Number of frames behind it, older ones counting less. */
  readonly weight: number;
  /** Class probabilities summed over those frames. */
  readonly sums: ReadonlyMap<number, number>;
  /** The class the track is named by, or the most probable one of its group. */
  readonly classIndex: number;
  /** The group it is named by, where a namer chooses. */
  readonly group?: LabelGroup;
}

/** Seconds in which a frame's word loses all but 1/e of its weight. */
const MEMORY = 5;

/** How many times as probable as its present name another class must be for a track to be renamed, */
const RENAME_RATIO = 1.2;

/** and by how much of a sure frame it must lead, so that a young track does not follow every frame. */
const RENAME_LEAD = 0.5;

/** Classes below this mean probability are forgotten. */
const NEGLIGIBLE = 1e-4;

/**
 * Adds what one frame says to what a track has been seen as.
 *
 * @param evidence What was known; absent at the track's first frame.
 * @param scores Softmax probabilities of the frame's best classes, best first, at least one.
 * @param seconds Time since the last frame that was added.
 * @param namer Names by groups of classes; by single classes where absent.
 */
export function addEvidence(
  evidence: Evidence | undefined,
  scores: readonly ClassScore[],
  seconds: number,
  namer?: Namer,
): Evidence {
  const kept = Math.exp(-seconds / MEMORY);
  const weight = (evidence?.weight ?? 0) * kept + 1;
  const sums = new Map<number, number>();
  for (const [classIndex, sum] of evidence?.sums ?? []) sums.set(classIndex, sum * kept);
  for (const { classIndex, score } of scores) {
    if (score > 0) sums.set(classIndex, (sums.get(classIndex) ?? 0) + score);
  }
  for (const [classIndex, sum] of sums) if (sum < NEGLIGIBLE * weight) sums.delete(classIndex);
  if (namer) {
    const group = namer(sums, weight, evidence?.group);
    return { weight, sums, group, classIndex: likeliest(group, sums) };
  }
  const present = evidence?.classIndex ?? scores[0]!.classIndex;
  const needed = RENAME_RATIO * (sums.get(present) ?? 0) + (evidence ? RENAME_LEAD : 0);
  let [classIndex, most] = [present, needed];
  for (const [candidate, sum] of sums) if (sum > most) [classIndex, most] = [candidate, sum];
  return { weight, sums, classIndex };
}

/** Mean probability of the class or group the track is named by. */
export function scoreOf({ weight, sums, classIndex, group }: Evidence): number {
  const classes = group?.classes ?? [classIndex];
  return Math.min(classes.reduce((total, index) => total + (sums.get(index) ?? 0), 0) / weight, 1);
}

/** The most probable classes over a track's life, best first, with their mean probabilities. */
export function strongest({ weight, sums }: Evidence, count: number): ClassScore[] {
  return [...sums]
    .map(([classIndex, sum]) => ({ classIndex, score: Math.min(sum / weight, 1) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}

function likeliest({ classes }: LabelGroup, sums: ReadonlyMap<number, number>): number {
  return classes.reduce((best, index) => ((sums.get(index) ?? 0) > (sums.get(best) ?? 0) ? index : best));
}

/** How far one frame's classes agree with a track's, 0 to 1: the cosine between their probabilities. */
export function agreement(evidence: Evidence, scores: readonly ClassScore[]): number {
  let shared = 0;
  let norm = 0;
  for (const { classIndex, score } of scores) {
    shared += score * (evidence.sums.get(classIndex) ?? 0);
    norm += score * score;
  }
  let trackNorm = 0;
  for (const sum of evidence.sums.values()) trackNorm += sum * sum;
  return shared === 0 ? 0 : Math.min(shared / Math.sqrt(norm * trackNorm), 1);
}
