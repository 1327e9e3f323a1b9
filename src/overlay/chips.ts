import type { Area } from './paint.ts';
import { fitText, type TextMask, textMask } from './text.ts';

/** What a label says; a score is a softmax probability, 0 to 1. */
export interface ChipText {
  readonly label: string;
  readonly score: number;
  readonly id?: number;
}

/** One piece of a label's text. */
export interface ChipPiece {
  readonly mask: TextMask;
  /** Left end of the piece in the chip, pixels. */
  readonly x: number;
  /** The name stands out, score and id step back. */
  readonly strong: boolean;
}

/** The filled rectangle of a label and its text, before it has a place. */
export interface Chip {
  readonly width: number;
  readonly height: number;
  /** From the chip's top, pixels. */
  readonly baseline: number;
  readonly pieces: readonly ChipPiece[];
}

/** Height of Inter's capitals in ems. */
const CAPITALS = 0.727;

/**
 * Sets a label: name, score in per cent, `#id`. Where the picture is too narrow the name is shortened, then the id goes,
 * then the score.
 *
 * @param fontSize pixels
 * @param maxWidth pixels, the picture's width at most
 */
export function setChip({ label, score, id }: ChipText, fontSize: number, maxWidth: number): Chip {
  const height = Math.round(fontSize * 1.5);
  const baseline = Math.round((height + fontSize * CAPITALS) / 2);
  const padding = Math.max(2, Math.round(fontSize * 0.4));
  const gap = Math.max(3, Math.round(fontSize * 0.4));
  const percent = Number.isFinite(score) ? `${Math.round(Math.max(0, Math.min(1, score)) * 100)}%` : '';
  const details = [percent, id === undefined ? '' : `#${id}`].filter((text) => text !== '');

  const room = (texts: readonly string[]) =>
    maxWidth - 2 * padding - texts.reduce((sum, text) => sum + gap + textMask(text, fontSize).advance, 0);
  while (details.length > 0 && room(details) < Math.min(textMask(label, fontSize).advance, 4 * fontSize)) details.pop();

  const name = fitText(label, fontSize, Math.max(0, room(details)));
  const texts = name === '' ? details : [name, ...details];
  const pieces: ChipPiece[] = [];
  let x = padding;
  for (const text of texts) {
    const mask = textMask(text, fontSize);
    pieces.push({ mask, x, strong: text === name });
    x += mask.advance + gap;
  }
  return { width: Math.min(maxWidth, pieces.length === 0 ? 0 : x - gap + padding), height, baseline, pieces };
}

/**
 * Finds a place for a chip: above its box, or below, at the left end or the right, always inside the picture. The first
 * place free of other chips wins, else the one that covers least of them. Above slides into a box that reaches the
 * picture's top instead of jumping below it, since a box that trembles there would make its label flicker.
 *
 * @param box outer edge of the box's outline
 */
export function placeChip(chip: Chip, box: Area, width: number, height: number, taken: readonly Area[]): Area {
  const at = (x: number, y: number): Area => {
    const left = Math.max(0, Math.min(width - chip.width, x));
    const top = Math.max(0, Math.min(height - chip.height, y));
    return { left, top, right: Math.min(width, left + chip.width), bottom: Math.min(height, top + chip.height) };
  };
  const above = box.top - chip.height;
  const places = [
    at(box.left, above),
    at(box.right - chip.width, above),
    at(box.left, box.bottom),
    at(box.right - chip.width, box.bottom),
    at(box.left, box.top),
    at(box.left, box.bottom - chip.height),
  ];
  let best = places[0]!;
  let least = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const covered = taken.reduce((sum, other) => sum + overlap(place, other), 0);
    if (covered < least) {
      best = place;
      least = covered;
    }
  }
  return best;
}

function overlap(a: Area, b: Area): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
