import { css } from '../../../src/overlay/colour.ts';
import { trackColour } from '../../../src/overlay/palette.ts';
import { h, say } from './dom.ts';
import { happenings, type OverviewEvent } from './overview.ts';
import type { Stage } from './stage.ts';
import { change, follow, state } from './state.ts';
import { toast } from './toast.ts';

/** One track's stretch of time, in seconds since the page was opened, on the server's clock. */
interface Bar {
  readonly key: string;
  readonly stream: string;
  readonly id: number;
  readonly element: HTMLButtonElement;
  readonly name: HTMLElement;
  readonly lane: number;
  readonly from: number;
  /** Undefined while the track lives. */
  to: number | undefined;
}

const WINDOW_SECONDS = 60;
const LANES = 4;
const KEPT_SECONDS = 2 * WINDOW_SECONDS;
const OPENED_AT = Date.now();

/**
 * The last minute of the active stream: who was in the picture when.
 *
 * One function of more than a page: drawing, pointer and clock share the bars and their lanes.
 */
export function createTimeline(stage: Stage): HTMLElement {
  const bars = new Map<string, Bar>();
  let pausedAt: number | undefined;
  let namedAt = Number.NEGATIVE_INFINITY;
  const strip = h('div', { class: 'strip' });
  const told = h('p', { class: 'sr-only', attributes: { 'aria-live': 'polite' } });
  const ticks = [60, 45, 30, 15].map((seconds) => {
    const tick = h('span', { class: 'tick' }, `−${seconds} s`);
    tick.style.setProperty('--part', String(1 - seconds / WINDOW_SECONDS));
    return tick;
  });
  const element = h(
    'section',
    { class: 'timeline', attributes: { 'aria-label': 'Timeline of the last minute', 'data-arrows': '' } },
    h(
      'div',
      { class: 'ticks', attributes: { 'aria-hidden': 'true' } },
      ...ticks,
      h('span', { class: 'tick now' }, 'now'),
    ),
    strip,
    told,
  );

  happenings.subscribe(take);
  // A track's name may change while it lives.
  stage.on({
    frameshown(tile, { session, allTracks }) {
      for (const { id, label } of allTracks) {
        const bar = bars.get(`${tile.stream}/${session}/${id}`);
        if (bar) say(bar.name, `${label} #${id}`);
      }
    },
  });
  follow(({ active }) => active, showActive);
  follow(({ selected }) => selected, mark);
  element.addEventListener('keydown', move);
  requestAnimationFrame(run);

  function take(event: OverviewEvent): void {
    if (event.type === 'track.started') start(event);
    else if (event.type === 'track.ended') end(event);
    else if (event.type === 'stream.started' || event.state === 'ended' || event.state === 'failed')
      endAll(event.stream);
  }

  function start({ stream, session, time, track }: Extract<OverviewEvent, { type: 'track.started' }>): void {
    const key = `${stream}/${session}/${track.id}`;
    if (bars.has(key)) return;
    const from = seconds(time);
    const name = h('span', { class: 'name' }, `${track.label} #${track.id}`);
    const element = h(
      'button',
      { type: 'button', class: 'bar', on: { click: () => choose(key), focus: () => tell(key) } },
      name,
    );
    element.style.setProperty('--track', css(trackColour(track.id, track.label)));
    const bar: Bar = { key, stream, id: track.id, element, name, lane: freeLane(stream, from), from, to: undefined };
    element.style.setProperty('--lane', String(bar.lane));
    element.style.setProperty('--from', String(from));
    bars.set(key, bar);
    if (stream === state.value.active) strip.append(element);
  }

  function end(event: Extract<OverviewEvent, { type: 'track.ended' }>): void {
    const bar = bars.get(`${event.stream}/${event.session}/${event.track.id}`);
    if (!bar) return;
    bar.to = Math.max(bar.from + 0.2, Math.min(bar.from + event.duration, seconds(event.time)));
    say(bar.name, `${event.track.label} #${event.track.id}`);
    close(bar);
  }

  function endAll(stream: string): void {
    for (const bar of bars.values()) {
      if (bar.stream !== stream || bar.to !== undefined) continue;
      bar.to = Math.max(bar.from + 0.2, now());
      close(bar);
    }
  }

  function close({ element, from, to }: Bar): void {
    element.classList.add('ended');
    element.style.setProperty('--for', String(to! - from));
  }

  /** The lane that has been free for longest, so that bars lie over each other only where there are too many. */
  function freeLane(stream: string, from: number): number {
    const until = Array.from({ length: LANES }, () => Number.NEGATIVE_INFINITY);
    for (const bar of bars.values()) {
      if (bar.stream === stream) until[bar.lane] = Math.max(until[bar.lane]!, bar.to ?? Number.POSITIVE_INFINITY);
    }
    const free = until.findIndex((time) => time <= from);
    return free >= 0 ? free : bars.size % LANES;
  }

  function run(): void {
    requestAnimationFrame(run);
    // A paused picture has its own time.
    if (stage.active?.player.isPaused) pausedAt ??= now();
    else pausedAt = undefined;
    const time = pausedAt ?? now();
    if (Math.abs(time - namedAt) > 0.25) {
      namedAt = time;
      strip.style.setProperty('--time', String(time - WINDOW_SECONDS));
    }
    strip.style.transform = `translateX(${(-time * element.clientWidth) / WINDOW_SECONDS}px)`;
    for (const [key, { element: bar, from, to, stream }] of bars) {
      if ((to ?? time) < time - KEPT_SECONDS) {
        bar.remove();
        bars.delete(key);
      } else if (to === undefined && stream === state.value.active) bar.style.setProperty('--for', String(time - from));
    }
  }

  function showActive(active: string): void {
    strip.replaceChildren(...[...bars.values()].filter(({ stream }) => stream === active).map((bar) => bar.element));
  }

  function choose(key: string): void {
    const bar = bars.get(key);
    if (!bar) return;
    if (bar.to === undefined) change({ selected: bar.id });
    else toast(describe(bar));
  }

  function mark(selected: number | undefined): void {
    for (const bar of bars.values())
      bar.element.classList.toggle('selected', bar.to === undefined && bar.id === selected);
  }

  function tell(key: string): void {
    const bar = bars.get(key);
    if (!bar) return;
    say(told, describe(bar));
  }

  function describe({ name, from, to }: Bar): string {
    const length = to === undefined ? 'still there' : `for ${(to - from).toFixed(1)} seconds`;
    return `${name.textContent}, ${Math.round(now() - from)} seconds ago, ${length}`;
  }

  function move(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const all = [...strip.querySelectorAll('button')];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
    event.preventDefault();
  }

  function now(): number {
    return ((stage.active?.player.serverNow ?? Date.now()) - OPENED_AT) / 1000;
  }

  return element;
}

function seconds(time: string): number {
  return (Date.parse(time) - OPENED_AT) / 1000;
}
