import type { ClassMaps, Features } from '../types.ts';

/** The buffers that the maps of a batch lie in, each once: inputs may share them. */
export function buffersOf(batch: readonly ClassMaps[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { maps, logits, features } of batch) {
    const further = features ? partsOf(features).map(({ data }) => data) : [];
    for (const { buffer } of [...(maps ? [maps] : []), logits, ...further]) buffers.add(buffer as ArrayBuffer);
  }
  return [...buffers];
}

function partsOf({ last, affinities, outline }: Features): readonly { readonly data: Float32Array }[] {
  return [last, ...affinities, ...(outline ? [outline] : [])];
}
