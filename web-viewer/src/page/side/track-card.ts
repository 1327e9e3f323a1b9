import type { WireTrack } from '../../../../src/protocol/events.ts';
import { h, say } from '../dom.ts';
import type { Actions } from '../keys.ts';
import type { Stage } from '../stage.ts';
import { follow, state } from '../state.ts';

const UPDATE_MS = 200;

/** What is known of the chosen track, and what can be done with its box. */
export function createTrackCard(stage: Stage, actions: () => Actions): HTMLElement {
  const title = h('h2');
  const terms = ['Score', 'Box', 'Strongest at', 'In this frame'].map((term) => ({ term, value: h('dd') }));
  const [score, box, peak, how] = terms.map(({ value }) => value) as [
    HTMLElement,
    HTMLElement,
    HTMLElement,
    HTMLElement,
  ];
  const element = h(
    'section',
    { class: 'card', hidden: true, attributes: { 'aria-label': 'Chosen track' } },
    title,
    h('dl', {}, ...terms.flatMap(({ term, value }) => [h('dt', {}, term), value])),
    h(
      'div',
      { class: 'card-buttons' },
      h('button', { type: 'button', title: 'C', on: { click: () => actions().copyBox() } }, 'Copy as JSON'),
    ),
  );
  let updatedAt = 0;

  stage.on({
    frameshown(tile, { allTracks }) {
      const now = performance.now();
      if (tile !== stage.active || (now - updatedAt < UPDATE_MS && !tile.player.isPaused)) return;
      updatedAt = now;
      const track = allTracks.find(({ id }) => id === state.value.selected);
      if (track) show(track);
      else if (!element.hidden) say(how, 'gone');
    },
  });
  follow(
    ({ selected }) => selected,
    (selected) => {
      element.hidden = selected === undefined;
      const track = stage.active?.player.tracks.find(({ id }) => id === selected);
      if (track) show(track);
    },
  );

  function show(track: WireTrack): void {
    say(title, `${track.label} #${track.id}`);
    say(score, `${(100 * track.score).toFixed(1)} %`);
    const [x0, y0, x1, y1] = track.box.map(Math.round) as [number, number, number, number];
    say(box, `${x1 - x0} × ${y1 - y0} at ${x0}, ${y0}`);
    say(peak, track.peak.map(Math.round).join(', '));
    say(how, track.state === 'lost' ? 'out of sight' : track.measured ? 'seen' : 'predicted');
  }

  return element;
}
