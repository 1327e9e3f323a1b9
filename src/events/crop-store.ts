/** Names the best picture of one track. */
export interface CropKey {
  /** Its stream. */
  readonly stream: string;
  /** The session of that stream. */
  readonly session: string;
  /** The id of the track. */
  readonly track: number;
}

/** Keeps pictures of tracks. */
export interface CropStore {
  /** Keeps a JPEG, in place of an older one of the same track. */
  put(key: CropKey, jpeg: Uint8Array): void;
  /** The picture of a track; undefined if there is none. */
  get(key: CropKey): Uint8Array | undefined;
}

/** Keeps the newest crops in memory, `maxBytes` of them. */
export function cropStore(maxBytes: number): CropStore {
  const crops = new Map<string, Uint8Array>();
  let bytes = 0;
  return {
    put(key, jpeg) {
      const path = cropPath(key);
      bytes += jpeg.length - (crops.get(path)?.length ?? 0);
      crops.delete(path);
      crops.set(path, jpeg);
      for (const [oldest, { length }] of crops) {
        if (bytes <= maxBytes) break;
        crops.delete(oldest);
        bytes -= length;
      }
    },
    get: (key) => crops.get(cropPath(key)),
  };
}

/** Where the server has a crop, from its root, as `track.ended` says it: relative, since a proxy may add to the path. */
export function cropPath({ stream, session, track }: CropKey): string {
  return `v1/streams/${stream}/sessions/${encodeURIComponent(session)}/tracks/${track}/crop.jpg`;
}
