import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HeatboxError } from '../error.ts';
import { planOutput } from '../files/output-file.ts';
import { type FrameTracks, hindsight } from '../track/hindsight.ts';
import { formatMot, MOT_SCORES, parseMot } from '../track/mot.ts';
import { createTracker } from '../track/tracker.ts';
import type { Localisation, Size } from '../types.ts';
import { print } from './print.ts';
import type { TrackFlags } from './track.ts';

/**
 * `heatbox track`: follows detections from a file.
 *
 * @throws HeatboxError `BAD_DETECTIONS`, `BAD_VALUE`, `OUTPUT_…`
 */
export async function runTrack({ detections, output, size, frameRate, live, force }: TrackFlags): Promise<void> {
  const target = output === undefined ? undefined : planOutput(output, detections, force ?? false);
  const frames = parseMot(await read(detections));
  const sequence = await sequenceOf(detections);
  const display = sizeOf(size) ?? sequence.display ?? reach(frames);
  const rate = frameRate ?? sequence.rate ?? DEFAULT_RATE;
  const tracker = createTracker({ sureScore: MOT_SCORES.sureScore });
  const last = Math.max(0, sequence.length ?? 0, ...frames.keys());
  const followed: FrameTracks[] = Array.from({ length: last }, (_, frame) => {
    const pts = frame / rate;
    return { pts, tracks: tracker.update({ pts, display, localisations: frames.get(frame + 1) ?? [] }) };
  });
  const told = live ? followed : hindsight(followed, { display, minScore: MOT_SCORES.minScore });
  const text = told
    .map(({ tracks }, frame) =>
      formatMot(
        frame + 1,
        tracks.filter(({ state, measured }) => state === 'confirmed' && (measured || !live)),
      ),
    )
    .join('');
  if (target === undefined) {
    await print(text);
    return;
  }
  try {
    await writeFile(target.temporary, text);
    target.commit();
  } catch (error) {
    target.discard();
    throw error;
  }
}

const DEFAULT_RATE = 30;

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

function sizeOf(text: string | undefined): Size | undefined {
  if (text === undefined) return undefined;
  const [, width, height] = /^(\d+)[x×](\d+)$/.exec(text.trim()) ?? [];
  if (Number(width) > 0 && Number(height) > 0) return { width: Number(width), height: Number(height) };
  throw new HeatboxError('BAD_VALUE', `--size "${text}" is not WIDTHxHEIGHT`, { value: text, kind: 'usage' });
}

/** The smallest frame that holds all detections. */
function reach(frames: ReadonlyMap<number, readonly Localisation[]>): Size {
  let [width, height] = [1, 1];
  for (const found of frames.values()) {
    for (const { box } of found) [width, height] = [Math.max(width, box[2]), Math.max(height, box[3])];
  }
  return { width, height };
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw new HeatboxError('FILE_UNREADABLE', `cannot read ${path}: ${cause.message}`, {
      value: path,
      kind: 'usage',
      cause,
    });
  });
}
