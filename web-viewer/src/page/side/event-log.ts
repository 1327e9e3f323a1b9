import { css } from '../../../../src/overlay/colour.ts';
import { trackColour } from '../../../../src/overlay/palette.ts';
import { serverUrl } from '../../../../src/protocol/address.ts';
import { h } from '../dom.ts';
import { happenings, type OverviewEvent } from '../overview.ts';
import { follow, state } from '../state.ts';

const MOST = 120;

/** What happened on the active stream, newest first, in words. */
export function createEventLog(server: string, token: string | undefined): HTMLElement {
  const list = h('ol', { class: 'events', attributes: { 'aria-label': 'Events, newest first' } });
  const nothing = h('p', { class: 'nothing' }, 'Nothing has happened yet.');
  const logs = new Map<string, HTMLElement[]>();

  happenings.subscribe((event) => {
    const entry = describe(event);
    if (!entry) return;
    const log = logs.get(event.stream) ?? [];
    logs.set(event.stream, log);
    log.unshift(entry);
    if (event.stream === state.value.active) list.prepend(entry);
    if (log.length > MOST) forget(log.pop()!);
    nothing.hidden = list.childElementCount > 0;
  });
  follow(
    ({ active }) => active,
    (active) => {
      list.replaceChildren(...(logs.get(active) ?? []));
      nothing.hidden = list.childElementCount > 0;
    },
  );

  function describe(event: OverviewEvent): HTMLElement | undefined {
    const time = new Date(event.time).toLocaleTimeString();
    if (event.type === 'stream.started') {
      const { width, height } = event.size;
      return line(time, undefined, 'Video began', `${width} × ${height}`);
    }
    if (event.type === 'stream.state') {
      if (event.state === 'live' || event.state === 'connecting') return undefined;
      return line(time, undefined, STATES[event.state], event.reason ?? '');
    }
    const { track } = event;
    const colour = css(trackColour(track.id, track.label));
    // The two stay on one line.
    const percent = (score: number) => `${Math.round(100 * score)}\u00a0%`;
    if (event.type === 'track.started')
      return line(time, colour, track.label, `#${track.id} appeared, ${percent(track.score)}`);
    const words = `#${track.id} left after ${event.duration.toFixed(1)} s, at best ${percent(event.best.score)}`;
    const entry = line(time, colour, track.label, words);
    if (event.best.crop) void addCrop(entry, event.best.crop);
    return entry;
  }

  /** An image element could not show the token. */
  async function addCrop(entry: HTMLElement, path: string): Promise<void> {
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(serverUrl(server, path), { headers }).catch(() => undefined);
    if (!response?.ok) return;
    const picture = h('img', { alt: '', src: URL.createObjectURL(await response.blob()) });
    entry.prepend(picture);
  }

  return h('div', {}, list, nothing);
}

const STATES = {
  stalled: 'No picture for a while',
  reconnecting: 'Source is being reopened',
  ended: 'Video ended',
  failed: 'Source failed',
} as const;

function line(time: string, colour: string | undefined, strong: string, words: string): HTMLElement {
  const entry = h(
    'li',
    { class: colour === undefined ? 'system' : '' },
    h('span', { class: 'text' }, h('strong', {}, strong), h('span', { class: 'details' }, words)),
    h('time', {}, time),
  );
  if (colour !== undefined) entry.style.setProperty('--track', colour);
  return entry;
}

function forget(entry: HTMLElement): void {
  const picture = entry.querySelector('img');
  if (picture) URL.revokeObjectURL(picture.src);
  entry.remove();
}
