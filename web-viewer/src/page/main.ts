import '../style/fonts.css';
import '../style/base.css';
import '../style/layout.css';
import '../style/stage.css';
import '../style/side.css';
import '../style/timeline.css';
import { createActions } from './actions.ts';
import { createClassFilter } from './class-filter.ts';
import { createControls } from './controls.ts';
import { createDisplay } from './display.ts';
import { h } from './dom.ts';
import { createEventLog } from './event-log.ts';
import { createHelp } from './help.ts';
import type { Actions } from './keys.ts';
import { createNumbers } from './numbers.ts';
import { openOverview } from './overview.ts';
import { listenToKeys } from './shortcuts.ts';
import { createStage } from './stage.ts';
import { change } from './state.ts';
import { createTabs } from './tabs.ts';
import { createTimeline } from './timeline.ts';
import { findToken } from './token.ts';
import { createTopBar } from './top-bar.ts';
import { createTrackCard } from './track-card.ts';
import { createTrackList } from './track-list.ts';

async function start(): Promise<void> {
  const server = location.origin;
  let actions: Actions | undefined;
  const help = createHelp();
  const top = createTopBar(
    () => actions!,
    () => help.showModal(),
  );
  const app = h('div', { class: 'app' });
  document.body.append(app, help);
  const token = await findToken(server, app);

  const stage = createStage(server, token);
  const controls = createControls(stage, () => actions!);
  actions = createActions(stage, controls.update);
  const numbers = createNumbers(stage);
  const filter = createClassFilter(stage);
  const side = createTabs('Details', [
    {
      name: 'Tracks',
      icon: 'tracks',
      panel: h(
        'div',
        {},
        createTrackList(stage),
        createTrackCard(stage, () => actions!),
      ),
    },
    { name: 'Events', icon: 'list', panel: createEventLog(server, token) },
    { name: 'Classes', icon: 'tag', panel: filter.element },
    { name: 'Display', icon: 'sliders', panel: createDisplay(stage) },
  ]);
  app.append(
    top.element,
    stage.element,
    h('div', { class: 'deck' }, numbers.notices, controls.element, numbers.element, createTimeline(stage)),
    side.element,
  );
  listenToKeys(actions, {
    '?': () => help.showModal(),
    '/': () => {
      side.open('Classes');
      filter.focusSearch();
    },
    Escape: () => change({ selected: undefined }),
  });
  openOverview(server, token, top.setLink);
}

void start();
