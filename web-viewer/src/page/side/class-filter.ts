import { h, say } from '../dom.ts';
import { icon } from '../icons.ts';
import type { Stage } from '../stage.ts';
import { change, follow, state } from '../state.ts';

export interface ClassFilter {
  readonly element: HTMLElement;
  focusSearch(): void;
}

const UPDATE_MS = 500;

/**
 * The classes seen so far: search them, choose which are drawn, and from which score on.
 *
 * One function of more than a page: the list, the search field and the slider show one selection.
 */
export function createClassFilter(stage: Stage): ClassFilter {
  /** How many tracks had this class, by their keys. */
  const seen = new Map<string, Set<string>>();
  const list = h('ul', { class: 'classes' });
  const nothing = h('p', { class: 'nothing' }, 'No class has been seen yet.');
  const search = h('input', {
    type: 'search',
    placeholder: 'Search classes',
    attributes: { 'aria-label': 'Search classes' },
    on: { input: () => draw() },
  });
  const score = h('input', {
    type: 'range',
    min: '0',
    max: '0.95',
    step: '0.05',
    id: 'min-score',
    on: { input: () => change({ minScore: Number(score.value) }) },
  });
  const shown = h('output', { attributes: { for: 'min-score' } });
  const element = h(
    'div',
    {},
    h('div', { class: 'search' }, icon('search'), search),
    h(
      'div',
      { class: 'row-buttons' },
      h('button', { type: 'button', on: { click: () => change({ hidden: new Set() }) } }, 'All'),
      h('button', { type: 'button', on: { click: () => change({ hidden: new Set(matching()) }) } }, 'None'),
    ),
    list,
    nothing,
    h('label', { class: 'slider', htmlFor: 'min-score' }, h('span', {}, 'Least score'), score, shown),
  );
  let updatedAt = 0;

  stage.on({
    frameshown(tile, { session, allTracks }) {
      const now = performance.now();
      if (now - updatedAt < UPDATE_MS) return;
      updatedAt = now;
      let isNew = false;
      for (const { label, id } of allTracks) {
        const keys = seen.get(label) ?? new Set();
        const size = keys.size;
        keys.add(`${tile.stream}/${session}/${id}`);
        seen.set(label, keys);
        isNew ||= keys.size > size;
      }
      if (isNew) draw();
    },
  });
  follow(({ hidden }) => hidden, draw);
  follow(
    ({ minScore }) => minScore,
    (value) => {
      score.value = String(value);
      say(shown, `${Math.round(100 * value)} %`);
    },
  );

  function matching(): string[] {
    const words = search.value.trim().toLowerCase();
    return [...seen.keys()].filter((label) => label.toLowerCase().includes(words)).sort((a, b) => a.localeCompare(b));
  }

  function draw(): void {
    const labels = matching();
    const focused = document.activeElement?.id;
    list.replaceChildren(...labels.map(entry));
    if (focused) document.getElementById(focused)?.focus();
    nothing.hidden = labels.length > 0;
    say(nothing, seen.size > 0 ? 'No class of this name has been seen.' : 'No class has been seen yet.');
  }

  function entry(label: string): HTMLElement {
    const { hidden } = state.value;
    const box = h('input', {
      type: 'checkbox',
      id: `class-${label}`,
      checked: !hidden.has(label),
      on: { change: () => change({ hidden: withOrWithout(hidden, label, !box.checked) }) },
    });
    const only = h(
      'button',
      {
        type: 'button',
        class: 'only',
        attributes: { 'aria-label': `Only ${label}` },
        on: { click: () => change({ hidden: new Set([...seen.keys()].filter((other) => other !== label)) }) },
      },
      'only',
    );
    const count = h('span', { class: 'count', title: 'Tracks of this class so far' }, String(seen.get(label)?.size));
    return h('li', {}, h('label', {}, box, h('span', {}, label)), only, count);
  }

  return { element, focusSearch: () => search.focus() };
}

function withOrWithout(set: ReadonlySet<string>, label: string, isIn: boolean): ReadonlySet<string> {
  const copy = new Set(set);
  if (isIn) copy.add(label);
  else copy.delete(label);
  return copy;
}
