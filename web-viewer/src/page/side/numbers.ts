import type { PlayerState } from '../../player/state.ts';
import type { Statistics } from '../../player/statistics.ts';
import { h, say } from '../dom.ts';
import type { Stage, Tile } from '../stage.ts';
import { change, follow, state } from '../state.ts';
import { watchLateness } from './lateness.ts';

export interface Numbers {
  readonly element: HTMLElement;
  /** Sentences that want to be read: what is wrong and what to do. */
  readonly notices: HTMLElement;
}

/** How the active stream is doing, in plain words. */
export function createNumbers(stage: Stage): Numbers {
  const cells = ['shown', 'analysed', 'latency', 'rate', 'lost', 'form'].map((name) => h('span', { class: name }));
  const [shown, analysed, latency, rate, lost, form] = cells as [HTMLElement, ...HTMLElement[]];
  const element = h(
    'div',
    { class: 'numbers', attributes: { role: 'group', 'aria-label': 'How the stream is doing' } },
    ...cells,
  );
  const notices = h('div', { class: 'notices', attributes: { role: 'status' } });
  let lateness = watchLateness();

  stage.on({
    statistics(tile) {
      if (tile !== stage.active) return;
      if (tile.statistics) lateness.take(tile.statistics);
      update(tile);
    },
    playerstate: (tile) => tile === stage.active && update(tile),
  });
  follow(
    ({ active }) => active,
    () => {
      lateness = watchLateness();
      if (stage.active) update(stage.active);
    },
  );

  function update({ statistics, playerState }: Tile): void {
    if (statistics) {
      say(shown, `${Math.round(statistics.shownPerSecond)} frames/s shown`);
      say(analysed!, `${Math.round(statistics.analysedPerSecond)}/s analysed`);
      say(latency!, behind(statistics, playerState));
      say(rate!, bits(statistics.bitsPerSecond));
      say(lost!, losses(statistics));
      lost!.classList.toggle('warning', statistics.skipped > 0);
    }
    say(form!, playerState?.rendition ? FORMS[playerState.rendition] : '');
    form!.title = playerState?.reason ?? '';
    tellTrouble(playerState);
  }

  function tellTrouble(playerState: PlayerState | undefined): void {
    const { maxDelayMs } = state.value;
    if (lateness.isLate && maxDelayMs < LONGEST_MS) {
      const words = `Boxes come late: the network needs more than ${maxDelayMs} ms for a frame.`;
      const wait = h(
        'button',
        { on: { click: () => change({ maxDelayMs: Math.min(LONGEST_MS, maxDelayMs * 2) }) } },
        `Wait ${Math.min(LONGEST_MS, maxDelayMs * 2)} ms`,
      );
      show(words, wait);
    } else show(playerState?.trouble ?? '');
  }

  function show(words: string, ...more: HTMLElement[]): void {
    if (notices.dataset.words === words) return;
    notices.dataset.words = words;
    notices.replaceChildren(...(words === '' ? [] : [h('p', {}, words), ...more]));
  }
  show('');

  return { element, notices };
}

const LONGEST_MS = 3_200;

const FORMS = {
  source: 'Original video',
  transcoded: 'Converted to H.264',
  jpeg: 'Single pictures',
} as const;

/** Beyond a second or so the same as the controls say. */
function behind({ latencyMs }: Statistics, playerState: PlayerState | undefined): string {
  if (playerState?.behindSeconds !== undefined) return `${playerState.behindSeconds} s behind the server`;
  return latencyMs === undefined ? '' : `${Math.round(latencyMs)} ms behind the server`;
}

function bits(perSecond: number): string {
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(1)} Mbit/s` : `${Math.round(perSecond / 1000)} kbit/s`;
}

function losses({ skipped, passedOver, shown }: Statistics): string {
  if (skipped > 0) return `${skipped} left out: the connection is too slow`;
  const share = passedOver / Math.max(1, passedOver + shown);
  return share > 0.02 ? `${Math.round(100 * share)} % came too late` : 'Nothing dropped';
}
