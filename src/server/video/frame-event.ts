import { filter, firstValueFrom, map, race, startWith, timer } from 'rxjs';
import type { EventLog } from '../../events/log/log.ts';
import type { EventOf } from '../../protocol/events.ts';
import type { Picture } from './channel.ts';

/** Frames of one stream are few among the events of many; further back than this nobody looks. */
const LOOK_BACK = 4096;

/** The `frame` event of a picture, as soon as the log has it; undefined where it does not come in time. */
export function frameEventOf(
  log: EventLog,
  stream: string,
  { session, ptsUs }: Pick<Picture, 'session' | 'ptsUs'>,
  patienceMs: number,
): Promise<EventOf<'frame'> | undefined> {
  let looked = Math.max(log.oldest, log.newest - LOOK_BACK) - 1;

  function look(newest: number): EventOf<'frame'> | undefined {
    for (; looked < newest; looked++) {
      const event = log.get(looked + 1)?.event;
      if (event?.type !== 'frame' || event.stream !== stream) continue;
      if (event.session === session && event.ptsUs === ptsUs) return event;
    }
    return undefined;
  }

  const found = log.advanced.pipe(
    startWith(log.newest),
    map(look),
    filter((event) => event !== undefined),
  );
  const late = timer(patienceMs).pipe(map(() => undefined));
  return firstValueFrom(race(found, late), { defaultValue: undefined });
}
