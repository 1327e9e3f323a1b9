import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readText } from '../src/files/read-text.ts';
import { type FrameTracks, hindsight } from '../src/track/hindsight/hindsight.ts';
import { formatMot, MOT_SCORES, parseMot } from '../src/track/mot.ts';
import { createTracker } from '../src/track/tracker.ts';
import type { Localisation, Size } from '../src/types.ts';

/** Options of {@link trackDetections}. */
export interface TrackDetectionsOptions {
  /** A file of detections, as MOTChallenge has them: `frame,id,left,top,width,height,score` a line. */
  readonly detections: string;
  /** Size of the frames in pixels. Defaults to that of `../seqinfo.ini`, else as far as the detections reach. */
  readonly size?: Size;
  /** Frames per second. Defaults to that of `../seqinfo.ini`, else 30. */
  readonly frameRate?: number;
  /** Follow each frame from those before it. Otherwise gaps are filled and boxes smoothed from both sides. */
  readonly live?: boolean;
}

const DEFAULT_RATE = 30;

/**
 * Follows the detections of any detector with heatbox's tracker alone, and returns the tracks in the same format.
 *
 * @throws HeatboxError `FILE_UNREADABLE`, `BAD_DETECTIONS`
 */
export async function trackDetections({ detections, size, frameRate, live }: TrackDetectionsOptions): Promise<string> {
  const frames = parseMot(await readText(detections));
  const sequence = await sequenceOf(detections);
  const display = size ?? sequence.display ?? reach(frames);
  const rate = frameRate ?? sequence.rate ?? DEFAULT_RATE;
  const tracker = createTracker({ sureScore: MOT_SCORES.sureScore });
  const last = Math.max(0, sequence.length ?? 0, ...frames.keys());
  const followed: FrameTracks[] = Array.from({ length: last }, (_, frame) => {
    const pts = frame / rate;
    return { pts, tracks: tracker.update({ pts, display, localisations: frames.get(frame + 1) ?? [] }) };
  });
  const told = live ? followed : hindsight(followed, { display, minScore: MOT_SCORES.minScore });
  return told
    .map(({ tracks }, frame) =>
      formatMot(
        frame + 1,
        tracks.filter(({ state, measured }) => state === 'confirmed' && (measured || !live)),
      ),
    )
    .join('');
}

/** What the `seqinfo.ini` of a MOTChallenge sequence says, which lies in the folder above its `det` folder. */
async function sequenceOf(detections: string): Promise<{ display?: Size; rate?: number; length?: number }> {
  const text = await readFile(join(dirname(detections), '..', 'seqinfo.ini'), 'utf8').catch(() => '');
  const value = (key: string) => {
    const found = new RegExp(`^${key}\\s*=\\s*([\\d.]+)`, 'm').exec(text);
    return found === null ? undefined : Number(found[1]);
  };
  const [width, height, rate, length] = [value('imWidth'), value('imHeight'), value('frameRate'), value('seqLength')];
  return {
    ...(width && height ? { display: { width, height } } : {}),
    ...(rate ? { rate } : {}),
    ...(length ? { length } : {}),
  };
}

/** The smallest frame that holds all detections. */
function reach(frames: ReadonlyMap<number, readonly Localisation[]>): Size {
  let [width, height] = [1, 1];
  for (const found of frames.values()) {
    for (const { box } of found) [width, height] = [Math.max(width, box[2]), Math.max(height, box[3])];
  }
  return { width, height };
}
