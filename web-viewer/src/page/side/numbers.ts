import type { PlayerState } from '../../player/state.ts';
import type { Statistics } from '../../player/statistics.ts';
import { h, say } from '../dom.ts';
import type { Stage, Tile } from '../stage.ts';
import { change, follow, state } from '../state.ts';

export interface Numbers {
  readonly element: HTMLElement;
  /** Sentences that want to be read: what is wrong and what to do. */
  readonly notices: HTMLElement;
}

/** How the active stream is doing, in plain words. */
export function createNumbers(stage: Stage): Numbers {
  const cells = ['shown', 'analysed', 'latency', 'rate', 'lost', 'form'].map((name) => h('span', { class: name }));
  const [shown, analysed, latency, rate, lost, form] = cells as [HTMLElement, ...HTMLElement[]];
  const element = h('div', { class: 'numbers', attributes: { 'aria-label': 'How the stream is doing' } }, ...cells);
  const notices = h('div', { class: 'notices', attributes: { role: 'status' } });
  let lateBefore = 0;
  let lateness = 0;

  stage.on({
    statistics(tile) {
      if (tile !== stage.active) return;
      countLate(tile.statistics);
      update(tile);
    },
    playerstate: (tile) => tile === stage.active && update(tile),
  });
  follow(
    ({ active }) => active,
    () => stage.active && update(stage.active),
  );

  function update({ statistics, playerState }: Tile): void {
    if (statistics) {
      say(shown, `${Math.round(statistics.shownPerSecond)} frames/s shown`);
      say(analysed!, `${Math.round(statistics.analysedPerSecond)}/s analysed`);
      say(
        latency!,
        statistics.latencyMs === undefined ? '' : `${Math.round(statistics.latencyMs)} ms behind the server`,
      );
      say(rate!, bits(statistics.bitsPerSecond));
      say(lost!, losses(statistics));
      lost!.classList.toggle('warning', statistics.skipped > 0);
    }
    say(form!, playerState?.rendition ? FORMS[playerState.rendition] : '');
    form!.title = playerState?.reason ?? '';
    tellTrouble(playerState);
  }

  /** A notice comes after some seconds of late boxes and stays for longer than that: one that comes and goes says nothing. */
  function countLate(statistics: Tile['statistics']): void {
    const late = statistics?.lateBoxes ?? 0;
    const isLate = late - lateBefore > (statistics?.shownPerSecond ?? 0) / 3 && late > lateBefore;
    lateBefore = late;
    if (!isLate) lateness = Math.max(0, lateness - 1);
    else lateness = lateness + 1 >= LATE_SECONDS ? STAYS_SECONDS : lateness + 1;
  }

  function tellTrouble(playerState: PlayerState | undefined): void {
    const areLate = lateness >= LATE_SECONDS || (lateness > 0 && notices.dataset.words?.startsWith(LATE));
    const { maxDelayMs } = state.value;
    const trouble = playerState?.trouble ?? '';
    if (areLate && maxDelayMs < LONGEST_MS) {
      const words = `${LATE} longer than ${maxDelayMs} ms for a frame, so boxes come late.`;
      const wait = h(
        'button',
        { on: { click: () => change({ maxDelayMs: Math.min(LONGEST_MS, maxDelayMs * 2) }) } },
        `Wait up to ${Math.min(LONGEST_MS, maxDelayMs * 2)} ms`,
      );
      show(words, wait);
    } else if (!areLate && trouble === '' && notices.dataset.words !== '') show('');
    else if (trouble !== '' && notices.dataset.words === '') show(trouble);
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
const LATE = 'The network needs';
const LATE_SECONDS = 3;
const STAYS_SECONDS = 12;

const FORMS = {
  source: 'Original video',
  transcoded: 'Converted to H.264',
  jpeg: 'Single pictures',
} as const;

function bits(perSecond: number): string {
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(1)} Mbit/s` : `${Math.round(perSecond / 1000)} kbit/s`;
}

function losses({ skipped, passedOver, shown }: Statistics): string {
  if (skipped > 0) return `${skipped} left out: the connection is too slow`;
  const share = passedOver / Math.max(1, passedOver + shown);
  return share > 0.02 ? `${Math.round(100 * share)} % came too late` : 'Nothing dropped';
}
