import { HeatboxError } from '../error.ts';
import type { RecordedFrame, Recording } from './recording.ts';

/**
 * The frames of a recording for formats that describe one video: reads it once beforehand to make sure that it holds a
 * single session of a single stream.
 *
 * @throws HeatboxError `EXPORT_SEVERAL` with all that there are
 */
export async function* soleSequence(recording: Recording, format: string): AsyncGenerator<RecordedFrame> {
  const found = new Map<string, Set<string>>();
  for await (const { stream, session } of recording.frames()) {
    found.set(stream, (found.get(stream) ?? new Set()).add(session));
  }
  const sessions = [...found.values()][0]?.size ?? 0;
  if (found.size > 1 || sessions > 1) throw several(format, found);
  yield* recording.frames();
}

function several(format: string, found: ReadonlyMap<string, ReadonlySet<string>>): HeatboxError {
  const [what, names] =
    found.size > 1 ? ['stream', [...found.keys()]] : ['session', [...([...found.values()][0] as ReadonlySet<string>)]];
  const shown = names.length > 10 ? `${names.slice(0, 10).join(', ')}, …` : names.join(', ');
  return new HeatboxError('EXPORT_SEVERAL', `${format} describes one video, and there are ${names.length} ${what}s`, {
    kind: 'usage',
    value: names,
    hint: `Choose one with --${what}: ${shown}.`,
  });
}
