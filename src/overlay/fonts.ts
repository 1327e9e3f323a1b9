import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { GlobalFonts } from '@napi-rs/canvas';
import { HeatboxError } from '../error.ts';

/** Subsets of Inter that ship with heatbox (`@fontsource/inter`, OFL 1.1), in the order in which a glyph is looked for. */
const SUBSETS = ['latin', 'latin-ext', 'greek', 'greek-ext', 'cyrillic', 'cyrillic-ext', 'vietnamese'];

const PREFIX = 'heatbox ';

/** Families that are likely to hold the scripts Inter lacks come before serif and other faces. */
const LIKELY = /sans|noto|arial|gothic|fallback|unicode|hei|emoji|symbol/i;

let families: string | undefined;

/**
 * The CSS family list of labels: Inter first, then what the system has. Canvas draws an empty frame for a glyph that no
 * family *in the list* holds and does not look further by itself, hence the whole list.
 *
 * @throws HeatboxError `FONT_MISSING` when a font file of heatbox cannot be read: canvas would draw nothing, silently.
 */
export function fontFamilies(): string {
  families ??= registerFonts();
  return families;
}

function registerFonts(): string {
  const system = GlobalFonts.families.map(({ family }) => family).filter((family) => !family.startsWith(PREFIX));
  for (const subset of SUBSETS) registerSubset(subset);
  const ordered = [
    ...SUBSETS.map((subset) => PREFIX + subset),
    ...system.filter((family) => LIKELY.test(family)),
    ...system.filter((family) => !LIKELY.test(family)),
  ];
  return ordered.map((family) => `"${family.replaceAll(/["\\]/g, '')}"`).join(', ');
}

/** Fonts are the process's, not the thread's: another worker may have registered the subset. */
function registerSubset(subset: string): void {
  if (GlobalFonts.has(PREFIX + subset)) return;
  const file = `@fontsource/inter/files/inter-${subset}-600-normal.woff2`;
  try {
    const font = readFileSync(createRequire(import.meta.url).resolve(file));
    if (!GlobalFonts.register(font, PREFIX + subset)) throw new Error('not a font that canvas can read');
  } catch (cause) {
    const hint = 'Install heatbox again: its dependencies are incomplete.';
    throw new HeatboxError('FONT_MISSING', `cannot load the label font ${file}`, { cause, hint, value: file });
  }
}
