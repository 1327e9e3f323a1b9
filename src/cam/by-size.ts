import type { Size } from '../types.ts';

/**
 * What is made for pictures of a size, as buffers: the last one again while the size stays, so that frame after frame
 * leaves nothing to collect. What is in it is as the last user left it.
 */
export function bySize<Made>(make: (size: Size) => Made): (size: Size) => Made {
  let last: { readonly width: number; readonly height: number; readonly made: Made } | undefined;
  return ({ width, height }) => {
    if (last?.width !== width || last.height !== height) last = { width, height, made: make({ width, height }) };
    return last.made;
  };
}
