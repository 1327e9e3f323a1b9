/** Strokes on a field of 24 by 24. */
const PATHS = {
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M8 5v14M16 5v14',
  step: 'M6 5v14l9-7zM18.5 5v14',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 10.2a3.1 3.1 0 1 0 0 6.2 3.1 3.1 0 0 0 0-6.2',
  expand: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  grid: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  single: 'M3.5 5.5h17v13h-17z',
  boxes: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M9 9h6v6H9z',
  trail: 'M4 18c4 0 3-8 8-8s4-4 8-4M4 18h.01M20 6h.01',
  heat: 'M12 3c1 3.5 5 5.5 5 10a5 5 0 0 1-10 0c0-2 1-3 1.8-4 .4 1.3 1 1.8 1.8 2C10.5 8 11 5.5 12 3z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M4.2 4.200l1.4 1.400M18.4 18.400l1.4 1.400M2 12h2M20 12h2M4.2 19.800l1.4-1.400M18.4 5.600l1.4-1.4',
  moon: 'M20 14.500A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.500z',
  help: 'M9.2 9a2.9 2.9 0 1 1 4.3 2.600c-1 .6-1.5 1.2-1.5 2.400M12 17.500h.01',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.500L20 20',
  info: 'M12 11v6M12 7.500h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18',
  tracks: 'M4 6h3v3H4zM11 7.500h9M4 15h3v3H4zM11 16.500h9',
  tag: 'M4 4h8l8 8-8 8-8-8zM8.5 8.500h.01',
  sliders: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
  list: 'M5 6h.01M9 6h11M5 12h.01M9 12h11M5 18h.01M9 18h11',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon beside a text or a name that says the same: hidden from those who hear the page. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
