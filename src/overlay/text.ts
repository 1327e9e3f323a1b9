import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { fontFamilies } from './fonts.ts';
import { createLru } from './lru.ts';

/** Text as coverage: `data[y * width + x]`, 0 to 255, placed at (left, top) from the pen, which stands on the baseline. */
export interface TextMask {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  /** How far the pen moves, whole pixels. */
  readonly advance: number;
}

/** A label is a line of reasonable length, whatever the caller passes. */
const LONGEST = 120;

const masks = createLru<TextMask>(256);
const fitted = createLru<string>(256);
const graphemes = new Intl.Segmenter();

/**
 * Rasterises a line of text. Masks are cached: a picture's labels are made of few different pieces (names, `97%`, `#12`),
 * so that almost none is drawn anew.
 *
 * @param size font size in pixels
 */
export function textMask(text: string, size: number): TextMask {
  return masks.get(`${size}|${text}`, () => rasterise(tidy(text), size));
}

/**
 * The text, or as much of it as fits with an ellipsis behind it; nothing where not even one letter does.
 *
 * @param width pixels
 */
export function fitText(text: string, size: number, width: number): string {
  if (textMask(text, size).advance <= width) return text;
  return fitted.get(`${size}|${Math.floor(width)}|${text}`, () => {
    const letters = Array.from(graphemes.segment(tidy(text)), ({ segment }) => segment);
    const context = prepare(1, 1, size);
    const shortened = (count: number) => `${letters.slice(0, count).join('').trimEnd()}…`;
    let fits = 0;
    let tooMany = letters.length;
    while (fits + 1 < tooMany) {
      const count = (fits + tooMany) >> 1;
      if (Math.ceil(context.measureText(shortened(count)).width) <= width) fits = count;
      else tooMany = count;
    }
    return fits === 0 ? '' : shortened(fits);
  });
}

function tidy(text: string): string {
  const line = text
    .slice(0, 4 * LONGEST)
    .replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, LONGEST).join('');
}

/** Room around the line in ems: canvas measures the ink of the first font's letters only, where a line needs several. */
const ROOM = { above: 1.4, below: 0.6, aside: 0.4 };

function rasterise(text: string, size: number): TextMask {
  const advance = Math.ceil(prepare(1, 1, size).measureText(text).width);
  const left = Math.ceil(size * ROOM.aside);
  const top = Math.ceil(size * ROOM.above);
  const width = advance + 2 * left;
  const height = top + Math.ceil(size * ROOM.below);
  const context = prepare(width, height, size);
  context.fillText(text, left, top);
  const { data } = context.getImageData(0, 0, width, height);
  return { ...cutToInk(data, width, height, left, top), advance };
}

/** The alpha of an RGBA image, as much of it as has ink; (penX, penY) becomes the origin. */
function cutToInk(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  penX: number,
  penY: number,
): Omit<TextMask, 'advance'> {
  let [x0, y0, x1, y1] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rgba[4 * (y * width + x) + 3] === 0) continue;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x + 1);
      y0 = Math.min(y0, y);
      y1 = y + 1;
    }
  }
  const ink = { width: Math.max(0, x1 - x0), height: Math.max(0, y1 - y0) };
  const data = new Uint8Array(ink.width * ink.height);
  for (let i = 0; i < data.length; i++) {
    const x = x0 + (i % ink.width);
    const y = y0 + Math.floor(i / ink.width);
    data[i] = rgba[4 * (y * width + x) + 3]!;
  }
  return { data, ...ink, left: x0 - penX, top: y0 - penY };
}

let scratch: { canvas: Canvas; context: SKRSContext2D } | undefined;

/** A clear canvas of at least this size with the label font set. */
function prepare(width: number, height: number, size: number): SKRSContext2D {
  if (!scratch || scratch.canvas.width < width || scratch.canvas.height < height) {
    const canvas = createCanvas(Math.max(width, 512), Math.max(height, 96));
    scratch = { canvas, context: canvas.getContext('2d') };
  }
  const { canvas, context } = scratch;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.font = `600 ${size}px ${fontFamilies()}`;
  context.fillStyle = '#fff';
  return context;
}
