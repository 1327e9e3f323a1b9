import type { Part } from '../player/parts.ts';

/** What buttons and keys do. */
export interface Actions {
  playOrPause(): void;
  step(): void;
  snapshot(withOverlay: boolean): void;
  fullScreen(): void;
  copyBox(): void;
  toggle(part: Part): void;
  nextColours(): void;
  moveOpacity(by: number): void;
  moveThreshold(by: number): void;
  chooseTrack(direction: 1 | -1): void;
  chooseStream(index: number): void;
  grid(): void;
  theme(): void;
}

export interface Shortcut {
  /** As `KeyboardEvent.key` has it. */
  readonly keys: readonly string[];
  /** As it is printed on the key. */
  readonly shown: string;
  readonly does: string;
  readonly run: (actions: Actions) => void;
}

/** All keys, in the order in which the help shows them; docs/viewer.md has the same table. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: [' ', 'k'], shown: 'Space', does: 'Pause, or go on live', run: (a) => a.playOrPause() },
  { keys: ['.'], shown: '.', does: 'Next frame', run: (a) => a.step() },
  { keys: ['f'], shown: 'F', does: 'Full screen', run: (a) => a.fullScreen() },
  { keys: ['s'], shown: 'S', does: 'Save the picture with its boxes', run: (a) => a.snapshot(true) },
  { keys: ['S'], shown: 'Shift S', does: 'Save the picture alone', run: (a) => a.snapshot(false) },
  { keys: ['c'], shown: 'C', does: 'Copy the chosen box as JSON', run: (a) => a.copyBox() },
  { keys: ['ArrowDown', 'j'], shown: '↓', does: 'Choose the next track', run: (a) => a.chooseTrack(1) },
  { keys: ['ArrowUp'], shown: '↑', does: 'Choose the track before', run: (a) => a.chooseTrack(-1) },
  { keys: ['b'], shown: 'B', does: 'Boxes on or off', run: (a) => a.toggle('boxes') },
  { keys: ['n'], shown: 'N', does: 'Names on or off', run: (a) => a.toggle('labels') },
  { keys: ['t'], shown: 'T', does: 'Trails on or off', run: (a) => a.toggle('trails') },
  { keys: ['h'], shown: 'H', does: 'Heat map on or off', run: (a) => a.toggle('heatmap') },
  { keys: ['m'], shown: 'M', does: "The heat map's next colours", run: (a) => a.nextColours() },
  { keys: ['['], shown: '[', does: 'Heat map fainter', run: (a) => a.moveOpacity(-0.1) },
  { keys: [']'], shown: ']', does: 'Heat map stronger', run: (a) => a.moveOpacity(0.1) },
  { keys: ['{'], shown: '{', does: 'Lower threshold: more of the map', run: (a) => a.moveThreshold(-0.1) },
  { keys: ['}'], shown: '}', does: 'Higher threshold: less of the map', run: (a) => a.moveThreshold(0.1) },
  { keys: ['g'], shown: 'G', does: 'One stream or all of them', run: (a) => a.grid() },
  { keys: ['d'], shown: 'D', does: 'Dark or light', run: (a) => a.theme() },
];
