import { HeatboxPlayer } from '../player/element.ts';
import type { PlayerEventDetails } from '../player/element-events.ts';
import { PARTS } from '../player/parts.ts';
import type { PlayerState } from '../player/state.ts';
import type { Statistics } from '../player/statistics.ts';
import { h, say } from './dom.ts';
import { gridColumns } from './grid-columns.ts';
import { change, follow, passes, type State, state } from './state.ts';

/** As in the style sheets. */
const FLOWING = matchMedia('(max-width: 900px) and (min-height: 501px)');
/** Of the window's height, for the pictures of a grid on a phone. */
const FLOWING_SHARE = 0.6;

/** One stream on the stage. */
export interface Tile {
  readonly stream: string;
  readonly player: HeatboxPlayer;
  readonly element: HTMLElement;
  /** As it was last told. */
  playerState: PlayerState | undefined;
  statistics: (Statistics & { readonly delayMs: number }) | undefined;
}

export type TileListener = {
  [T in keyof PlayerEventDetails]?: (tile: Tile, detail: PlayerEventDetails[T]) => void;
};

export interface Stage {
  readonly element: HTMLElement;
  readonly active: Tile | undefined;
  on(listener: TileListener): void;
}

/**
 * Holds the players: one, or one per stream in a grid.
 *
 * One function of more than a page: tiles, view and active stream are one state.
 */
export function createStage(server: string, token: string | undefined): Stage {
  const tiles = new Map<string, Tile>();
  const listeners: TileListener[] = [];
  const empty = h('p', { class: 'empty' }, 'No stream yet. This page shows one as soon as the server has it.');
  const element = h('main', { class: 'stage', attributes: { 'aria-label': 'Video' } }, empty);

  follow(wanted, (names) => arrange(names ? names.split('\n') : []));
  follow(({ active, view }) => `${view} ${active}`, mark);
  follow(({ parts, heat, heatClass, maxDelayMs }) => JSON.stringify([parts, heat, heatClass, maxDelayMs]), dressAll);
  follow(({ hidden }) => hidden, filterAll);
  follow(({ minScore }) => minScore, filterAll);
  follow(({ selected }) => selected, select);

  new ResizeObserver(layOut).observe(element);
  addEventListener('resize', layOut);

  /** On an upright phone the page scrolls, and the stage is as high as its pictures. */
  function layOut(): void {
    const isFlowing = FLOWING.matches;
    const height = isFlowing ? FLOWING_SHARE * innerHeight : element.clientHeight;
    element.style.setProperty(
      '--columns',
      String(gridColumns(tiles.size, { width: element.clientWidth, height }, isFlowing)),
    );
  }

  function arrange(names: readonly string[]): void {
    for (const [name, tile] of tiles) {
      if (names.includes(name)) continue;
      tile.element.remove();
      tiles.delete(name);
    }
    for (const name of names) if (!tiles.has(name)) tiles.set(name, makeTile(name));
    element.replaceChildren(...(names.length === 0 ? [empty] : names.map((name) => tiles.get(name)!.element)));
    layOut();
    mark();
    dressAll();
    filterAll();
  }

  function makeTile(stream: string): Tile {
    const player = new HeatboxPlayer();
    player.setAttribute('server', server);
    player.setAttribute('stream', stream);
    if (token !== undefined) player.setAttribute('token', token);
    const dot = h('span', { class: 'dot' });
    const words = h('span', { class: 'words' });
    const caption = h('div', { class: 'caption' }, dot, h('strong', {}, stream), words);
    const cover = h('div', { class: 'cover', attributes: { role: 'status' } });
    const frame = h(
      'div',
      { class: 'tile', attributes: { role: 'group', 'aria-label': stream } },
      player,
      cover,
      caption,
    );
    const tile: Tile = { stream, player, element: frame, playerState: undefined, statistics: undefined };
    frame.addEventListener('pointerdown', () => {
      if (state.value.active !== stream) change({ active: stream, selected: undefined });
    });
    frame.addEventListener('dblclick', () => change({ active: stream, view: 'single' }));
    player.addEventListener('playerstate', (event) => {
      tile.playerState = (event as CustomEvent<PlayerState>).detail;
      const { phase, words: sentence, behindSeconds } = tile.playerState;
      dot.dataset.phase = phase === 'live' && behindSeconds !== undefined ? 'behind' : phase;
      frame.dataset.phase = phase;
      say(cover, phase === 'live' || phase === 'paused' ? '' : sentence);
    });
    player.addEventListener('statistics', (event) => {
      tile.statistics = (event as CustomEvent<Tile['statistics']>).detail;
      const { phase, behindSeconds } = tile.playerState ?? {};
      const rate = `${Math.round(tile.statistics?.shownPerSecond ?? 0)} fps`;
      say(words, phase !== 'live' || behindSeconds === undefined ? rate : `${rate} · ${behindSeconds} s behind`);
    });
    // Behind the tile's own listeners, so that it is up to date for those who hear of it.
    const relay = <T extends keyof PlayerEventDetails>(type: T) =>
      player.addEventListener(type, (event) => {
        const { detail } = event as CustomEvent<PlayerEventDetails[T]>;
        for (const listener of listeners) listener[type]?.(tile, detail);
      });
    for (const type of ['frameshown', 'playerstate', 'statistics', 'trackselect'] as const) relay(type);
    return tile;
  }

  function mark(): void {
    const { active, view } = state.value;
    element.dataset.view = view;
    for (const [name, tile] of tiles) tile.element.classList.toggle('active', name === active);
  }

  function dressAll(): void {
    const { parts, heat, heatClass, maxDelayMs } = state.value;
    for (const { player } of tiles.values()) {
      player.setAttribute('overlay', PARTS.filter((part) => parts[part]).join(' ') || 'none');
      player.setAttribute('heat-threshold', String(heat.threshold));
      player.setAttribute('heat-opacity', String(heat.opacity));
      player.setAttribute('heat-colours', heat.colours);
      player.setAttribute('heat-class', heatClass);
      player.setAttribute('max-delay', String(maxDelayMs));
    }
  }

  function filterAll(): void {
    for (const { player } of tiles.values()) player.filter = (track) => passes(track);
  }

  function select(): void {
    const { active, selected } = state.value;
    for (const [name, { player }] of tiles) player.selected = name === active ? selected : undefined;
  }

  const stage: Stage = {
    element,
    get active() {
      return tiles.get(state.value.active);
    },
    on: (listener) => void listeners.push(listener),
  };
  stage.on({
    trackselect: (tile, track) => change({ active: tile.stream, selected: track?.id }),
  });
  return stage;
}

/** Names of the streams that are shown, one a line: a text, so that the same ones compare equal. */
function wanted({ view, streams, active }: State): string {
  return view === 'grid' ? streams.map(({ name }) => name).join('\n') : active;
}
