import type { ClassMaps } from '../types.ts';

/** The buffers that the maps of a batch lie in, each once: inputs may share them. */
export function buffersOf(batch: readonly ClassMaps[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { maps, logits, features } of batch) {
    const further = features ? [features.last, ...features.affinities].map(({ data }) => data) : [];
    for (const { buffer } of [...(maps ? [maps] : []), logits, ...further]) buffers.add(buffer as ArrayBuffer);
  }
  return [...buffers];
}
