import type { Page } from 'playwright-core';
import { openPage } from '../../events/support/chromium.ts';
import { FRAME_US, MARGIN, SIDE, squareAt } from './moving-square.ts';

/** What a page saw of one shown frame: the extents of red and of the box's colour in its canvas, canvas pixels. */
export interface Seen {
  readonly session: string;
  readonly ptsUs: number;
  readonly hasEvent: boolean;
  readonly area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly red: Extent | null;
  readonly box: Extent | null;
}

export type Extent = readonly [x0: number, y0: number, x1: number, y1: number];

/** Runs in the page: a player of 320×240 CSS pixels that looks at every frame it shows. */
const SCRIPT = `
  window.seen = [];
  window.states = [];
  window.numbers = undefined;
  await import('/heatbox-player.js');
  const player = document.createElement('heatbox-player');
  player.style.cssText = 'width: 320px; height: 240px';
  for (const [name, value] of Object.entries(ATTRIBUTES)) player.setAttribute(name, value);
  const extentOf = (pixels, width, matches) => {
    let [x0, y0, x1, y1] = [1e9, 1e9, -1, -1];
    for (let at = 0; at < pixels.length; at += 4) {
      if (!matches(pixels[at], pixels[at + 1], pixels[at + 2])) continue;
      const x = (at / 4) % width;
      const y = Math.floor(at / 4 / width);
      x0 = Math.min(x0, x); y0 = Math.min(y0, y); x1 = Math.max(x1, x + 1); y1 = Math.max(y1, y + 1);
    }
    return x1 < 0 ? null : [x0, y0, x1, y1];
  };
  player.addEventListener('frameshown', ({ detail: { session, ptsUs, hasEvent, area } }) => {
    const { canvas } = player;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const red = extentOf(data, canvas.width, (r, g, b) => r > 170 && g < 90 && b < 90);
    const box = extentOf(data, canvas.width, (r, g, b) => r < 60 && g > 150 && b > 190);
    seen.push({ session, ptsUs, hasEvent, area, red, box });
  });
  player.addEventListener('playerstate', ({ detail }) => states.push(detail));
  player.addEventListener('statistics', ({ detail }) => { numbers = detail; });
  document.body.replaceChildren(player);
  window.player = player;
`;

/** Opens a page of the server with a player alone on it. */
export async function watch(
  url: string,
  { attributes = {}, init }: { attributes?: Record<string, string>; init?: string } = {},
): Promise<Page> {
  const page = await openPage();
  if (init) await page.addInitScript(init);
  await page.goto(`${url}/healthz`);
  const given = JSON.stringify({ stream: 'door', overlay: 'boxes', ...attributes });
  await page.evaluate(`(async () => { ${SCRIPT.replace('ATTRIBUTES', given)} })()`);
  return page;
}

/** What is wrong with a shown frame, or undefined: the square must be that of the frame's key, and the box around it. */
export function mismatch({ ptsUs, hasEvent, area, red, box }: Seen, width: number): string | undefined {
  const { x, y } = squareAt(ptsUs / FRAME_US);
  const scale = area.width / width;
  const extent = (margin: number): Extent => [
    area.x + (x - margin) * scale,
    area.y + (y - margin) * scale,
    area.x + (x + SIDE + margin) * scale,
    area.y + (y + SIDE + margin) * scale,
  ];
  const isNear = (a: Extent | null, b: Extent) => a?.every((side, index) => Math.abs(side - b[index]!) <= 2.5);
  if (!isNear(red, extent(0))) return `frame ${ptsUs}: the picture shows ${red}, not ${extent(0)}`;
  if (!hasEvent) return box === null ? undefined : `frame ${ptsUs}: a box ${box} without an event`;
  return isNear(box, extent(MARGIN)) ? undefined : `frame ${ptsUs}: the box is ${box}, not ${extent(MARGIN)}`;
}

export const seen = (page: Page): Promise<Seen[]> => page.evaluate('seen') as Promise<Seen[]>;
