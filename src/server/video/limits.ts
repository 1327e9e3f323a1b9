/** What the video of one stream, and of one viewer, may take. */
export interface VideoLimits {
  /** Bytes kept of a group of pictures for late joiners, per rendition. */
  readonly gopBytes: number;
  /** Bytes that may wait for a viewer before it is skipped to the next keyframe. */
  readonly aheadBytes: number;
  /** Seconds that video may wait for a viewer before it is skipped to the next keyframe. */
  readonly behindSeconds: number;
  /** Seconds a viewer may take nothing of what waits for it; then it is closed with 1013. */
  readonly stallSeconds: number;
}

export const DEFAULT_VIDEO_LIMITS: VideoLimits = {
  gopBytes: 24 * 2 ** 20,
  aheadBytes: 3 * 2 ** 20,
  behindSeconds: 1.5,
  stallSeconds: 15,
};
