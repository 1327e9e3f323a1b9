import type { Observable } from 'rxjs';
import type { AccessUnit, CellMap, Rendition, VideoConfig } from '../../protocol/video.ts';

/** Where the producer of one stream's video puts it. Calls never block and never throw. */
export interface VideoFeed {
  /** The renditions that somebody watches at present; emits at once and then at every change. */
  readonly demand: Observable<ReadonlySet<Rendition>>;
  /** Before the first unit, and before the keyframe with which anything in it changes. */
  config(rendition: 'source' | 'transcoded', config: VideoConfig): void;
  /** In decode order. */
  unit(rendition: 'source' | 'transcoded', unit: AccessUnit): void;
  /** The maps of a frame; before the frame's `frame` event is published. */
  maps(ptsUs: number, maps: readonly CellMap[]): void;
  /** A whole frame, upright, JPEG. */
  jpeg(session: string, ptsUs: number, data: Uint8Array): void;
  /** The stream is over for good. */
  close(): void;
}
