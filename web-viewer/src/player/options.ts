import { COLOUR_MAPS, type ColourMapName } from '../draw/colour-maps.ts';
import type { Overlay } from '../draw/scene.ts';
import { PARTS, type Part } from './parts.ts';

/** The attributes of `<heatbox-player>` that can change while it plays. */
export const OVERLAY_ATTRIBUTES = [
  'overlay',
  'heat-threshold',
  'heat-opacity',
  'heat-colours',
  'heat-class',
  'max-delay',
] as const;

export const DEFAULT_OVERLAY = 'boxes labels scores ids trails';
export const DEFAULT_MAX_DELAY_MS = 400;
const LONGEST_DELAY_MS = 10_000;

/** Reads what is to be drawn from attributes; what is malformed counts as left out. */
export function readOverlay(element: Element): Omit<Overlay, 'selected'> {
  const parts = new Set((element.getAttribute('overlay') ?? DEFAULT_OVERLAY).split(/\s+/));
  const shown = Object.fromEntries(PARTS.map((part) => [part, parts.has(part)])) as Record<Part, boolean>;
  const colours = element.getAttribute('heat-colours') ?? '';
  return {
    ...shown,
    heat: {
      threshold: share(element.getAttribute('heat-threshold'), 0.3),
      opacity: share(element.getAttribute('heat-opacity'), 0.6),
      colours: colours in COLOUR_MAPS ? (colours as ColourMapName) : 'inferno',
      label: element.getAttribute('heat-class') ?? '',
    },
  };
}

export function readMaxDelay(element: Element): number {
  const value = Number(element.getAttribute('max-delay') ?? Number.NaN);
  return Number.isFinite(value) ? Math.max(0, Math.min(LONGEST_DELAY_MS, value)) : DEFAULT_MAX_DELAY_MS;
}

function share(text: string | null, otherwise: number): number {
  const value = text === null ? Number.NaN : Number(text);
  return Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : otherwise;
}
