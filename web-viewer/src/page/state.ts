import { BehaviorSubject, distinctUntilChanged, map } from 'rxjs';
import type { WireTrack } from '../../../src/protocol/events.ts';
import type { Hello } from '../../../src/protocol/messages.ts';
import type { ColourMapName } from '../draw/colour-maps.ts';
import { DEFAULT_MAX_DELAY_MS } from '../player/options.ts';
import type { Part } from '../player/parts.ts';

/** A stream as the server tells it. */
export type StreamStatus = Hello['streams'][number];

/** What the user has set, kept over visits. */
export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  readonly view: 'single' | 'grid';
  readonly parts: Readonly<Record<Part, boolean>>;
  readonly heat: {
    readonly threshold: number;
    readonly opacity: number;
    readonly colours: ColourMapName;
  };
  readonly maxDelayMs: number;
  readonly minScore: number;
}

export interface State extends Settings {
  readonly streams: readonly StreamStatus[];
  /** The stream that the side panel and the keys belong to. */
  readonly active: string;
  /** Class labels that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  /** The class whose heat map is drawn; all where it is empty. */
  readonly heatClass: string;
  /** Track of the active stream. */
  readonly selected: number | undefined;
}

const KEY = 'heatbox-viewer';
const PARTS: Settings['parts'] = {
  boxes: true,
  labels: true,
  scores: true,
  ids: true,
  trails: true,
  heatmap: false,
};

const DEFAULTS: Settings = {
  theme: 'system',
  view: 'single',
  parts: PARTS,
  heat: { threshold: 0.3, opacity: 0.6, colours: 'inferno' },
  maxDelayMs: DEFAULT_MAX_DELAY_MS,
  minScore: 0,
};

export const state = new BehaviorSubject<State>({
  ...DEFAULTS,
  ...remembered(),
  streams: [],
  active: '',
  hidden: new Set(),
  heatClass: '',
  selected: undefined,
});

/** Changes part of the state. */
export function change(part: Partial<State>): void {
  state.next({ ...state.value, ...part });
}

export function toggle(part: Part): void {
  const { parts } = state.value;
  change({ parts: { ...parts, [part]: !parts[part] } });
}

export function setHeat(part: Partial<Settings['heat']>): void {
  change({ heat: { ...state.value.heat, ...part } });
}

/** Calls with a part of the state, now and whenever it changes. */
export function follow<T>(select: (state: State) => T, use: (value: T) => void): void {
  state.pipe(map(select), distinctUntilChanged()).subscribe(use);
}

/** Whether a track passes the filters. */
export function passes({ label, score }: WireTrack, { hidden, minScore } = state.value): boolean {
  return !hidden.has(label) && score >= minScore;
}

function remembered(): Partial<Settings> {
  try {
    const { theme, view, parts, heat, maxDelayMs, minScore } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    const known = { theme, view, maxDelayMs, minScore };
    return {
      ...(Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as Partial<Settings>),
      parts: { ...PARTS, ...parts },
      heat: { ...DEFAULTS.heat, ...heat },
    };
  } catch {
    return {};
  }
}

state.subscribe(({ theme, view, parts, heat, maxDelayMs, minScore }) => {
  try {
    localStorage.setItem(KEY, JSON.stringify({ theme, view, parts, heat, maxDelayMs, minScore }));
  } catch {
    // A browser that keeps nothing works as well.
  }
});
