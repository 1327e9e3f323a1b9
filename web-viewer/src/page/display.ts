import { COLOUR_MAPS, type ColourMapName } from '../draw/colour-maps.ts';
import type { Part } from '../player/parts.ts';
import { h, say } from './dom.ts';
import type { Stage } from './stage.ts';
import { change, follow, setHeat, state, toggle } from './state.ts';

const NAMES: Readonly<Record<Exclude<Part, 'heatmap'>, string>> = {
  boxes: 'Boxes',
  labels: 'Names',
  scores: 'Scores',
  ids: 'Track numbers',
  trails: 'Trails',
};
const DELAYS = [100, 200, 400, 800, 1600, 3200];

/** What is drawn over the picture, and how. */
export function createDisplay(stage: Stage): HTMLElement {
  const classes = h('select', { id: 'heat-class', on: { change: () => change({ heatClass: classes.value }) } });
  const known = new Set<string>();
  const offer = () => {
    classes.replaceChildren(
      h('option', { value: '' }, 'All classes'),
      ...[...known].sort().map((label) => h('option', { value: label }, label)),
    );
    classes.value = state.value.heatClass;
  };
  offer();
  stage.on({
    frameshown(_, { mapLabels }) {
      const before = known.size;
      for (const label of mapLabels) known.add(label);
      if (known.size > before) offer();
    },
  });
  follow(
    ({ heatClass }) => heatClass,
    (label) => {
      classes.value = label;
    },
  );
  const delay = h(
    'select',
    { id: 'max-delay', on: { change: () => change({ maxDelayMs: Number(delay.value) }) } },
    ...DELAYS.map((ms) => h('option', { value: String(ms) }, ms < 1000 ? `${ms} ms` : `${ms / 1000} s`)),
  );
  follow(
    ({ maxDelayMs }) => maxDelayMs,
    (ms) => {
      delay.value = String(ms);
    },
  );
  const parts = Object.entries(NAMES) as [Exclude<Part, 'heatmap'>, string][];
  return h(
    'div',
    { class: 'display' },
    h('fieldset', {}, h('legend', {}, 'Over the picture'), ...parts.map(([part, name]) => switchFor(part, name))),
    h(
      'fieldset',
      {},
      h('legend', {}, 'Heat map'),
      switchFor('heatmap', 'Show the heat map'),
      h('label', { class: 'choice', htmlFor: 'heat-class' }, h('span', {}, 'Class'), classes),
      colours(),
      slider('threshold', 'Threshold'),
      slider('opacity', 'Opacity'),
    ),
    h(
      'fieldset',
      {},
      h('legend', {}, 'Timing'),
      h('label', { class: 'choice', htmlFor: 'max-delay' }, h('span', {}, 'Wait for boxes at most'), delay),
      h('p', { class: 'note' }, 'A frame whose boxes come later is shown with the last ones, dimmed.'),
    ),
  );
}

function switchFor(part: Part, name: string): HTMLElement {
  const box = h('input', { type: 'checkbox', attributes: { role: 'switch' }, on: { change: () => toggle(part) } });
  follow(
    ({ parts }) => parts[part],
    (isOn) => {
      box.checked = isOn;
    },
  );
  return h('label', { class: 'switch' }, h('span', {}, name), box);
}

function slider(which: 'threshold' | 'opacity', name: string): HTMLElement {
  const id = `heat-${which}`;
  const range = h('input', {
    ...{ type: 'range', min: '0', max: '1', step: '0.05', id },
    on: { input: () => setHeat({ [which]: Number(range.value) }) },
  });
  const shown = h('output', { attributes: { for: id } });
  follow(
    ({ heat }) => heat[which],
    (value) => {
      range.value = String(value);
      say(shown, `${Math.round(100 * value)} %`);
    },
  );
  return h('label', { class: 'slider', htmlFor: id }, h('span', {}, name), range, shown);
}

function colours(): HTMLElement {
  const names = Object.keys(COLOUR_MAPS) as ColourMapName[];
  const choices = names.map((name) => {
    const radio = h('input', { type: 'radio', name: 'colours', on: { change: () => setHeat({ colours: name }) } });
    follow(
      ({ heat }) => heat.colours === name,
      (isOn) => {
        radio.checked = isOn;
      },
    );
    return h('label', { class: 'swatch' }, radio, ramp(name), h('span', {}, name));
  });
  return h('div', { class: 'swatches', attributes: { role: 'radiogroup', 'aria-label': 'Colours' } }, ...choices);
}

function ramp(name: ColourMapName): HTMLCanvasElement {
  const canvas = h('canvas', { width: 64, height: 1, attributes: { 'aria-hidden': 'true' } });
  const context = canvas.getContext('2d');
  for (let x = 0; context && x < canvas.width; x++) {
    context.fillStyle = `rgb(${COLOUR_MAPS[name](x / (canvas.width - 1)).join(' ')})`;
    context.fillRect(x, 0, 1, 1);
  }
  return canvas;
}
