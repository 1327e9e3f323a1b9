import type { Box } from '../types.ts';
import type { HostHandle } from './host/host-thread.ts';

/** @returns a part of a frame under way as JPEG; undefined where it could not be made. */
export type Cropper = (index: number, box: Box) => Promise<Uint8Array | undefined>;

/** Asks the host for crops; those that are asked for when it ends come to nothing. */
export function cropper(host: HostHandle): Cropper {
  const asked = new Map<number, (jpeg: Uint8Array | undefined) => void>();
  let count = 0;
  const answer = (id: number, jpeg: Uint8Array | undefined) => {
    asked.get(id)?.(jpeg);
    asked.delete(id);
  };
  host.listen(
    (event) => {
      if (event.type === 'crop') answer(event.id, event.jpeg);
    },
    () => {
      for (const id of [...asked.keys()]) answer(id, undefined);
    },
  );
  return (index, box) =>
    new Promise((resolve) => {
      const id = count++;
      asked.set(id, resolve);
      host.send({ type: 'crop', id, index, box });
    });
}
