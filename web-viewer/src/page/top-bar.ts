import { h, say } from './dom.ts';
import { icon } from './icons.ts';
import type { Actions } from './keys.ts';
import { change, follow, state } from './state.ts';

export interface TopBar {
  readonly element: HTMLElement;
  /** Says what keeps the page from the server; '' for nothing. */
  setTrouble(words: string): void;
}

/**
 * Brand, streams, view, theme, help.
 *
 * One function of more than a page, most of it the elements themselves.
 */
export function createTopBar(actions: () => Actions, openHelp: () => void): TopBar {
  const streams = h('nav', { class: 'streams', attributes: { 'aria-label': 'Streams' } });
  const link = h('span', { class: 'link', hidden: true, attributes: { role: 'status' } });
  const view = h('button', { class: 'icon-button', type: 'button', on: { click: () => actions().grid() } });
  const theme = h('button', { class: 'icon-button', type: 'button', on: { click: () => actions().theme() } });
  const help = h(
    'button',
    {
      class: 'icon-button',
      type: 'button',
      title: 'Keys (?)',
      attributes: { 'aria-label': 'Keys' },
      on: { click: openHelp },
    },
    icon('help'),
  );

  follow(
    (all) => all.streams,
    () => drawStreams(),
  );
  follow(({ active }) => active, drawStreams);
  follow(
    (all) => all.view,
    (name) => {
      const isGrid = name === 'grid';
      const label = isGrid ? 'One stream' : 'All streams';
      view.replaceChildren(icon(isGrid ? 'single' : 'grid'));
      view.setAttribute('aria-label', label);
      view.title = `${label} (G)`;
    },
  );
  follow((all) => all.theme, dress);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dress());

  function drawStreams(): void {
    const { streams: all, active } = state.value;
    streams.replaceChildren(
      ...all.map(({ name, state: phase }, index) => {
        const dot = h('span', { class: 'dot', attributes: { 'aria-hidden': 'true' } });
        dot.dataset.phase = phase;
        const button = h(
          'button',
          {
            type: 'button',
            title: `${name}: ${phase}${index < 9 ? ` (${index + 1})` : ''}`,
            on: { click: () => change({ active: name, selected: undefined }) },
          },
          dot,
          name,
          h('span', { class: 'sr-only' }, `, ${phase}`),
        );
        if (name === active) button.setAttribute('aria-current', 'true');
        return button;
      }),
    );
  }

  function dress(): void {
    const { theme: chosen } = state.value;
    const isDark = chosen === 'dark' || (chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
    const label = isDark ? 'Light' : 'Dark';
    theme.replaceChildren(icon(isDark ? 'sun' : 'moon'));
    theme.setAttribute('aria-label', label);
    theme.title = `${label} (D)`;
  }

  const element = h(
    'header',
    { class: 'top' },
    h('h1', { class: 'brand' }, h('span', { class: 'logo', attributes: { 'aria-hidden': 'true' } }), 'heatbox'),
    streams,
    link,
    h('div', { class: 'group' }, view, theme, help),
  );
  return {
    element,
    setTrouble(words) {
      say(link, words);
      link.title = words;
      link.hidden = words === '';
    },
  };
}
