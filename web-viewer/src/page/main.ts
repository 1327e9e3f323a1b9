import '../style/fonts.css';
import '../style/base.css';
import '../style/layout.css';
import '../style/stage.css';
import '../style/side.css';
import '../style/timeline.css';
import { createActions } from './actions.ts';
import { createControls } from './controls.ts';
import { createDisplay } from './display.ts';
import { h } from './dom.ts';
import { createHelp } from './help.ts';
import type { Actions } from './keys.ts';
import { openOverview } from './overview.ts';
import { listenToKeys } from './shortcuts.ts';
import { createClassFilter } from './side/class-filter.ts';
import { createEventLog } from './side/event-log.ts';
import { createNumbers } from './side/numbers.ts';
import { createTabs } from './side/tabs.ts';
import { createTrackCard } from './side/track-card.ts';
import { createTrackList } from './side/track-list.ts';
import { createStage } from './stage.ts';
import { change } from './state.ts';
import { createTimeline } from './timeline.ts';
import { findToken } from './token.ts';
import { createTopBar } from './top-bar.ts';

async function start(): Promise<void> {
  // The page lies at the server's root, whatever prefix a proxy serves that under.
  const server = new URL('.', location.href).href;
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
    // Over the picture, which it must not move.
    numbers.notices,
    h('div', { class: 'deck' }, controls.element, numbers.element, createTimeline(stage)),
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
  openOverview(server, token, top.setTrouble);
}

void start();
