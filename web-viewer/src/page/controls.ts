import type { Part } from '../player/parts.ts';
import { h, say } from './dom.ts';
import { type IconName, icon } from './icons.ts';
import type { Actions } from './keys.ts';
import type { Stage } from './stage.ts';
import { follow } from './state.ts';

export interface Controls {
  readonly element: HTMLElement;
  /** Shows whether the active stream plays. */
  update(): void;
}

/** The row under the picture: playing, what is drawn, saving. */
export function createControls(stage: Stage, actions: () => Actions): Controls {
  const play = button('pause', 'Pause', 'Space', () => actions().playOrPause());
  play.classList.add('play');
  const words = h('span', { class: 'words' }, 'Live');
  const live = h(
    'button',
    { class: 'live', on: { click: () => stage.active?.player.isPaused && actions().playOrPause() } },
    h('span', { class: 'dot' }),
    words,
  );
  const element = h(
    'div',
    { class: 'controls', attributes: { role: 'toolbar', 'aria-label': 'Player' } },
    h(
      'div',
      { class: 'group' },
      play,
      button('step', 'Next frame', '.', () => actions().step()),
      live,
    ),
    h(
      'div',
      { class: 'group' },
      part('boxes', 'boxes', 'Boxes', 'B', actions),
      part('trail', 'trails', 'Trails', 'T', actions),
      part('heat', 'heatmap', 'Heat map', 'H', actions),
    ),
    h(
      'div',
      { class: 'group' },
      button('copy', 'Copy the chosen box as JSON', 'C', () => actions().copyBox()),
      button('camera', 'Save the picture with its boxes', 'S', () => actions().snapshot(true)),
      button('expand', 'Full screen', 'F', () => actions().fullScreen()),
    ),
  );
  stage.on({ playerstate: (tile) => tile === stage.active && update() });
  follow(({ active }) => active, update);

  function update(): void {
    const tile = stage.active;
    const isPaused = tile?.player.isPaused ?? false;
    play.replaceChildren(icon(isPaused ? 'play' : 'pause'));
    name(play, isPaused ? 'Go on live' : 'Pause', 'Space');
    const phase = tile?.playerState?.phase ?? 'connecting';
    const isBehind = phase === 'live' && tile?.playerState?.behindSeconds !== undefined;
    live.dataset.phase = isBehind ? 'behind' : phase;
    say(words, isBehind ? (tile?.playerState?.words ?? '') : WORDS[phase]);
    live.title = isPaused ? 'Go on live' : (tile?.playerState?.words ?? '');
  }

  return { element, update };
}

const WORDS = {
  connecting: 'Connecting',
  waiting: 'No video yet',
  live: 'Live',
  stalled: 'Stalled',
  paused: 'Paused',
  reconnecting: 'Reconnecting',
  ended: 'Ended',
  failed: 'Failed',
} as const;

function button(symbol: IconName, label: string, key: string, click: () => void): HTMLButtonElement {
  const element = h('button', { class: 'icon-button', type: 'button', on: { click } }, icon(symbol));
  name(element, label, key);
  return element;
}

function name(element: HTMLElement, label: string, key: string): void {
  element.setAttribute('aria-label', label);
  element.title = `${label} (${key})`;
}

function part(symbol: IconName, which: Part, label: string, key: string, actions: () => Actions): HTMLButtonElement {
  const element = button(symbol, label, key, () => actions().toggle(which));
  element.classList.add('toggle');
  element.append(h('span', { class: 'label' }, label));
  follow(
    ({ parts }) => parts[which],
    (isOn) => element.setAttribute('aria-pressed', String(isOn)),
  );
  return element;
}
