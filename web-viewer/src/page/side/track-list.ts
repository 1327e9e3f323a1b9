import { css } from '../../../../src/overlay/colour.ts';
import { trackColour } from '../../../../src/overlay/palette.ts';
import type { WireTrack } from '../../../../src/protocol/events.ts';
import { h, say } from '../dom.ts';
import type { Stage, Tile } from '../stage.ts';
import { change, follow, passes, state } from '../state.ts';

interface Row {
  readonly element: HTMLElement;
  readonly thumb: HTMLCanvasElement;
  readonly name: HTMLElement;
  readonly details: HTMLElement;
  readonly bar: HTMLElement;
  readonly since: number;
  seenAt: number;
  picturedAt: number;
  /** Score of the picture that is shown. */
  picturedScore: number;
}

/** A lost track stays in the list for a moment, so that the list does not jump. */
const LINGER_MS = 2_500;
/** A picture is replaced by a better one at once, and by a newer one now and then. */
const PICTURE_MS = 2_000;
const UPDATE_MS = 200;
const THUMB = { width: 128, height: 96 };

/**
 * The tracks of the active stream, live.
 *
 * One function of more than a page: cards, their pictures and their order follow one map of tracks.
 */
export function createTrackList(stage: Stage): HTMLElement {
  const rows = new Map<string, Row>();
  const list = h('ul', { class: 'tracks', attributes: { 'aria-label': 'Tracks in the picture', 'data-arrows': '' } });
  const nothing = h('p', { class: 'nothing' }, 'Nothing in the picture at present.');
  const element = h('div', {}, list, nothing);
  let updatedAt = 0;

  stage.on({
    frameshown(tile, { session, allTracks }) {
      const now = performance.now();
      if (tile !== stage.active || (now - updatedAt < UPDATE_MS && !tile.player.isPaused)) return;
      updatedAt = now;
      for (const track of allTracks)
        if (passes(track)) update(tile, `${tile.stream}/${session}/${track.id}`, track, now);
      for (const [key, row] of rows) {
        const isOfPicture = key.startsWith(`${tile.stream}/${session}/`);
        if (isOfPicture && now - row.seenAt < LINGER_MS && !tile.player.isPaused)
          row.element.classList.toggle('gone', row.seenAt !== now);
        else if (row.seenAt !== now) remove(key, row);
      }
      nothing.hidden = rows.size > 0;
    },
    playerstate: (tile, { phase }) => tile === stage.active && phase !== 'live' && settle(tile),
  });
  follow(
    ({ active }) => active,
    () => {
      for (const [key, row] of rows) remove(key, row);
      nothing.hidden = false;
    },
  );
  follow(({ selected }) => selected, markSelected);

  /** The picture stands still: the list shows what is in it, no more and no less. */
  function settle(tile: Tile): void {
    const { tracks, shown } = tile.player;
    if (!shown) return;
    const keyOf = ({ id }: WireTrack) => `${tile.stream}/${shown.session}/${id}`;
    const now = performance.now();
    for (const track of tracks) update(tile, keyOf(track), track, now);
    const keys = new Set(tracks.map(keyOf));
    for (const [key, row] of rows) {
      if (keys.has(key)) row.element.classList.remove('gone');
      else remove(key, row);
    }
    nothing.hidden = rows.size > 0;
  }

  function update(tile: Tile, key: string, track: WireTrack, now: number): void {
    let row = rows.get(key);
    if (!row) {
      row = makeRow(track.id, now);
      rows.set(key, row);
      list.prepend(row.element);
      markSelected();
    }
    row.seenAt = now;
    const { label, id, score, state: trackState, measured } = track;
    row.element.style.setProperty('--track', css(trackColour(id, label)));
    say(row.name, label);
    const seconds = Math.round((now - row.since) / 1000);
    const how = trackState === 'lost' ? 'out of sight' : `${seconds} s`;
    say(row.details, `#${id} · ${how}`);
    say(row.bar, `${Math.round(100 * score)}%`);
    row.bar.style.setProperty('--share', String(score));
    const isBetter = measured && score > row.picturedScore + 0.02;
    if (isBetter || now - row.picturedAt > PICTURE_MS) {
      tile.player.copyTo(row.thumb, track.boxNorm);
      row.picturedAt = now;
      row.picturedScore = score;
    }
  }

  function makeRow(id: number, now: number): Row {
    const thumb = h('canvas', { ...THUMB, attributes: { 'aria-hidden': 'true' } });
    const [name, details, bar] = [h('strong'), h('span', { class: 'details' }), h('span', { class: 'score' })];
    const press = h(
      'button',
      { type: 'button', on: { click: () => change({ selected: state.value.selected === id ? undefined : id }) } },
      thumb,
      h('span', { class: 'text' }, name, details),
      bar,
    );
    press.dataset.id = String(id);
    return {
      element: h('li', {}, press),
      thumb,
      name,
      details,
      bar,
      since: now,
      seenAt: now,
      picturedAt: Number.NEGATIVE_INFINITY,
      picturedScore: 0,
    };
  }

  function remove(key: string, row: Row): void {
    row.element.remove();
    rows.delete(key);
  }

  function markSelected(): void {
    const { selected } = state.value;
    for (const { element: row } of rows.values()) {
      const press = row.querySelector('button')!;
      press.setAttribute('aria-pressed', String(press.dataset.id === String(selected)));
    }
  }

  return element;
}
