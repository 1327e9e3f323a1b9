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

const masks = createLru<TextMask>(512);
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

function rasterise(text: string, size: number): TextMask {
  const measured = prepare(1, 1, size).measureText(text);
  const left = Math.floor(-measured.actualBoundingBoxLeft) - 1;
  const top = Math.floor(-measured.actualBoundingBoxAscent) - 1;
  const width = Math.ceil(measured.actualBoundingBoxRight) + 1 - left;
  const height = Math.ceil(measured.actualBoundingBoxDescent) + 1 - top;
  const advance = Math.ceil(measured.width);
  if (!(width > 0 && height > 0)) return { data: new Uint8Array(0), width: 0, height: 0, left: 0, top: 0, advance };

  const context = prepare(width, height, size);
  context.fillText(text, -left, -top);
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i + 3]!;
  return { data, width, height, left, top, advance };
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
