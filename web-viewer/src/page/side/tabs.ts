import { h } from '../dom.ts';
import { type IconName, icon } from '../icons.ts';

export interface Tab {
  readonly name: string;
  readonly icon: IconName;
  readonly panel: HTMLElement;
}

export interface Tabs {
  readonly element: HTMLElement;
  open(name: string): void;
}

/** Panels of which one is seen, as the ARIA practices have it: arrows move, Tab goes into the panel. */
export function createTabs(label: string, tabs: readonly Tab[]): Tabs {
  const heads = tabs.map(({ name, icon: symbol }, index) =>
    h(
      'button',
      {
        type: 'button',
        id: `tab-${index}`,
        attributes: { role: 'tab', 'aria-controls': `panel-${index}` },
        on: { click: () => show(index), keydown: (event) => move(event, index) },
      },
      icon(symbol),
      h('span', {}, name),
    ),
  );
  const panels = tabs.map(({ panel }, index) =>
    h(
      'div',
      {
        class: 'panel',
        id: `panel-${index}`,
        tabIndex: 0,
        attributes: { role: 'tabpanel', 'aria-labelledby': `tab-${index}` },
      },
      panel,
    ),
  );

  function show(index: number): void {
    for (const [at, head] of heads.entries()) {
      head.setAttribute('aria-selected', String(at === index));
      head.tabIndex = at === index ? 0 : -1;
      panels[at]!.hidden = at !== index;
    }
  }

  function move(event: KeyboardEvent, index: number): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = (index + step + heads.length) % heads.length;
    show(next);
    heads[next]!.focus();
    event.preventDefault();
  }

  show(0);
  return {
    element: h(
      'aside',
      { class: 'side', attributes: { 'aria-label': label } },
      h('div', { class: 'tabs', attributes: { role: 'tablist', 'aria-label': label } }, ...heads),
      ...panels,
    ),
    open: (name) => show(tabs.findIndex((tab) => tab.name === name)),
  };
}
