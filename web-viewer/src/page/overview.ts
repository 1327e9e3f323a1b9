import { Subject } from 'rxjs';
import { events } from '../../../src/client/browser.ts';
import type { EventOf } from '../../../src/protocol/events.ts';
import { change, type StreamStatus, state } from './state.ts';

const TYPES = ['stream.started', 'stream.state', 'track.started', 'track.ended'] as const;
export type OverviewEvent = EventOf<(typeof TYPES)[number]>;

/** What happens on all streams, the last minutes first. */
export const happenings = new Subject<OverviewEvent>();

/** Events that are fetched from before the page was opened. */
const BACK = 4000;

/**
 * Keeps the list of streams and hears what happens on them: from the past as far as it is worth showing, then as it comes.
 *
 * @param onTrouble - Called with what keeps the page from the server, for the person who watches; with '' once it is there.
 */
export function openOverview(server: string, token: string | undefined, onTrouble: (words: string) => void): void {
  const access = token === undefined ? {} : { token };
  const lost = ({ reason }: { readonly reason: string }) => onTrouble(isWords(reason) ? reason : NO_CONNECTION);
  const failed = ({ message }: Error) => onTrouble(message);
  const first = events(server, {
    ...access,
    filters: { types: ['stream.state'] },
    onNotice(notice) {
      if (notice.type === 'disconnected') lost(notice);
      if (notice.type !== 'connected') return;
      // Out of the notice: the subscription may not exist yet while it is being made.
      queueMicrotask(() => first.unsubscribe());
      const { oldest, newest, epoch } = notice.hello;
      follow(Math.max(oldest, newest - BACK, 1), epoch);
    },
  }).subscribe({ error: failed });

  function follow(from: number, epoch: string): void {
    events(server, {
      ...access,
      from,
      epoch,
      filters: { types: TYPES },
      onNotice(notice) {
        if (notice.type === 'connected') {
          onTrouble('');
          setStreams(notice.hello.streams);
        } else if (notice.type === 'disconnected') lost(notice);
      },
    }).subscribe({
      next(event) {
        if (event.type === 'stream.state') update(event.stream, { state: event.state, session: event.session });
        happenings.next(event);
      },
      error: failed,
    });
  }
}

const NO_CONNECTION = 'No connection to the server';

/** Whether a reason is a sentence of the server's, and no close code. */
function isWords(reason: string): boolean {
  return /^[A-Z].* .* /.test(reason);
}

function setStreams(streams: readonly StreamStatus[]): void {
  const { active } = state.value;
  const isThere = streams.some(({ name }) => name === active);
  change({ streams, active: isThere ? active : (streams[0]?.name ?? '') });
}

function update(name: string, status: Pick<StreamStatus, 'state' | 'session'>): void {
  const { streams, active } = state.value;
  const before = streams.find((stream) => stream.name === name);
  if (!before) change({ streams: [...streams, { name, size: null, ...status }], active: active || name });
  else if (before.state !== status.state)
    change({ streams: streams.map((stream) => (stream === before ? { ...stream, ...status } : stream)) });
}
