import type { HeatboxEvent, WireTrack } from '../../../src/events/schema.ts';
import { createTrails } from '../../../src/media/overlay/trails.ts';
import { boxArea } from '../draw/boxes.ts';
import { type Area, fit } from '../draw/fit.ts';
import { displaySize, drawPicture } from '../draw/picture.ts';
import { drawScene } from '../draw/scene.ts';
import type { ShownFrame } from './frames.ts';
import { OVERLAY_ATTRIBUTES, readMaxDelay, readOverlay } from './options.ts';
import { createPlayer, type Player } from './player.ts';
import type { PlayerState } from './state.ts';
import type { Statistics } from './statistics.ts';

/** What the events of `<heatbox-player>` carry as their `detail`. */
export interface PlayerEventDetails {
  /** A frame is on the canvas, with exactly these boxes. */
  frameshown: {
    readonly session: string;
    readonly ptsUs: number;
    /** Whether the frame's event was there; else it is shown without boxes. */
    readonly hasEvent: boolean;
    /** The tracks that are drawn. */
    readonly tracks: readonly WireTrack[];
    /** All tracks of the frame, before the filter. */
    readonly allTracks: readonly WireTrack[];
    /** Labels of the maps that the frame has. */
    readonly mapLabels: readonly string[];
    readonly latencyMs: number | undefined;
    /** Where the picture lies in the canvas, pixels. */
    readonly area: Area;
  };
  playerstate: PlayerState;
  /** Every event of the stream, as it comes. */
  heatboxevent: HeatboxEvent;
  /** Once a second. */
  statistics: Statistics & { readonly delayMs: number };
  /** A box was chosen, by pointer; undefined for none. */
  trackselect: WireTrack | undefined;
}

const STYLE = `
  :host { display: block; position: relative; background: #0b0d10; overflow: hidden; contain: strict; }
  :host([hidden]) { display: none; }
  canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
`;
const TRAIL_SECONDS = 2;
/** Nobody looks at a hidden page: after so long it asks for no more video. */
const HIDDEN_MS = 5_000;

/** A live stream with its boxes: `<heatbox-player server="https://host:8080" stream="door"></heatbox-player>`. */
export class HeatboxPlayer extends HTMLElement {
  static readonly observedAttributes = ['server', 'stream', 'token', ...OVERLAY_ATTRIBUTES];

  readonly #canvas = document.createElement('canvas');
  readonly #context = this.#canvas.getContext('2d', { alpha: false });
  #player: Player | undefined;
  #filter: ((track: WireTrack) => boolean) | undefined;
  #trails = createTrails({ seconds: TRAIL_SECONDS });
  #trailsNow: ReturnType<ReturnType<typeof createTrails>> = new Map();
  #overlay = readOverlay(this);
  #selected: number | undefined;
  #area: Area = { x: 0, y: 0, width: 0, height: 0 };
  #ratio = 1;
  #tick = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #hidden: ReturnType<typeof setTimeout> | undefined;
  #wasPlaying = true;
  readonly #resize = new ResizeObserver(([entry]) => this.#fitCanvas(entry));

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#canvas.setAttribute('role', 'img');
    root.append(this.#canvas);
    this.#canvas.addEventListener('click', (event) => this.#choose(event));
  }

  connectedCallback(): void {
    this.#resize.observe(this, { box: 'content-box' });
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#open();
    const refresh = (now: number) => {
      this.#player?.refresh(now);
      this.#tick = requestAnimationFrame(refresh);
    };
    this.#tick = requestAnimationFrame(refresh);
    this.#ticker = setInterval(() => this.#report(), 1000);
  }

  disconnectedCallback(): void {
    this.#resize.disconnect();
    document.removeEventListener('visibilitychange', this.#onVisibility);
    cancelAnimationFrame(this.#tick);
    clearInterval(this.#ticker);
    clearTimeout(this.#hidden);
    this.#player?.close();
    this.#player = undefined;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    this.#overlay = readOverlay(this);
    if (name === 'server' || name === 'stream' || name === 'token') this.#open();
    else if (this.#player) this.#player.maxDelayMs = readMaxDelay(this);
    this.#draw();
  }

  /** Which tracks are drawn; all of them where it is undefined. */
  set filter(filter: ((track: WireTrack) => boolean) | undefined) {
    this.#filter = filter;
    this.#draw();
  }

  get selected(): number | undefined {
    return this.#selected;
  }

  /** The track whose box stands out. */
  set selected(id: number | undefined) {
    this.#selected = id;
    this.#draw();
  }

  get isPaused(): boolean {
    return this.#player?.isPaused ?? false;
  }

  /** The canvas, for who wants its pixels. */
  get canvas(): HTMLCanvasElement {
    return this.#canvas;
  }

  pause(): void {
    this.#player?.pause();
  }

  /** Goes on with what is live now. */
  play(): void {
    this.#player?.play();
  }

  /** Pauses, and shows the next frame. */
  step(): void {
    this.#player?.step();
  }

  /** The tracks drawn at present. */
  get tracks(): readonly WireTrack[] {
    return this.#tracksOf(this.#player?.current);
  }

  /** The present frame as PNG in its own size, with or without what is drawn over it; undefined before the first one. */
  async snapshot({ overlay = true } = {}): Promise<Blob | undefined> {
    const frame = this.#player?.current;
    if (!frame) return undefined;
    const size = displaySize(frame);
    const canvas = new OffscreenCanvas(size.width, size.height);
    const context = canvas.getContext('2d');
    if (!context) return undefined;
    const area = { x: 0, y: 0, ...size };
    if (overlay) this.#drawOn(context, frame, area, Math.max(1, Math.min(size.width, size.height) / 720));
    else drawPicture(context, frame, area);
    return canvas.convertToBlob({ type: 'image/png' });
  }

  /** Copies a part of the present picture, without boxes, into a canvas, filling it. */
  copyTo(target: HTMLCanvasElement, [x0, y0, x1, y1]: WireTrack['boxNorm']): void {
    const frame = this.#player?.current;
    const context = target.getContext('2d');
    if (!frame || !context) return;
    const { width, height } = displaySize(frame);
    const box = { width: Math.max(2, (x1 - x0) * width), height: Math.max(2, (y1 - y0) * height) };
    const scale = Math.max(target.width / box.width, target.height / box.height);
    const centre = { x: ((x0 + x1) / 2) * width * scale, y: ((y0 + y1) / 2) * height * scale };
    const at = { x: target.width / 2 - centre.x, y: target.height / 2 - centre.y };
    drawPicture(context, frame, { ...at, width: width * scale, height: height * scale });
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#hidden);
    if (document.hidden) {
      this.#hidden = setTimeout(() => {
        this.#wasPlaying = !this.isPaused;
        if (this.#wasPlaying) this.#player?.sleep();
      }, HIDDEN_MS);
    } else if (this.#wasPlaying) this.#player?.play();
  };

  #open(): void {
    if (!this.isConnected) return;
    this.#player?.close();
    this.#player = undefined;
    this.#selected = undefined;
    this.#trailsNow = new Map();
    const stream = this.getAttribute('stream');
    if (!stream) return;
    this.#player = createPlayer({
      server: this.getAttribute('server') ?? location.origin,
      stream,
      token: this.getAttribute('token') ?? undefined,
      maxDelayMs: readMaxDelay(this),
      onShow: (frame) => this.#show(frame),
      onState: (state) => this.#tell('playerstate', state),
      onEvent: (event) => this.#tell('heatboxevent', event),
    });
  }

  #show(frame: ShownFrame): void {
    if (frame.event) this.#trailsNow = this.#trails(frame.event.pts, frame.event.tracks);
    this.#draw(frame);
    const { config, ptsUs, event, maps, latencyMs } = frame;
    this.#tell('frameshown', {
      session: config.session,
      ptsUs,
      hasEvent: event !== undefined,
      tracks: this.#tracksOf(frame),
      allTracks: event?.tracks ?? [],
      mapLabels: [...new Set(maps.map(({ map }) => map.label))],
      latencyMs,
      area: this.#area,
    });
  }

  #tracksOf(frame: ShownFrame | undefined): readonly WireTrack[] {
    const tracks = frame?.event?.tracks ?? [];
    return this.#filter ? tracks.filter(this.#filter) : tracks;
  }

  #draw(frame = this.#player?.current): void {
    const context = this.#context;
    if (!frame || !context || this.#canvas.width === 0) return;
    const area = fit(displaySize(frame), this.#canvas);
    if (area.width !== this.#area.width || area.height !== this.#area.height || area.x !== this.#area.x) {
      context.fillStyle = '#0b0d10';
      context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    }
    this.#area = area;
    this.#drawOn(context, frame, area, this.#ratio);
  }

  #drawOn(
    context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
    frame: ShownFrame,
    area: Area,
    ratio: number,
  ): void {
    const overlay = { ...this.#overlay, selected: this.#selected };
    drawScene(context, frame, this.#tracksOf(frame), this.#trailsNow, overlay, area, ratio);
  }

  #fitCanvas(entry: ResizeObserverEntry | undefined): void {
    if (!entry) return;
    const { width, height } = entry.contentRect;
    this.#ratio = globalThis.devicePixelRatio;
    this.#canvas.width = Math.round(width * this.#ratio);
    this.#canvas.height = Math.round(height * this.#ratio);
    this.#area = { x: -1, y: 0, width: 0, height: 0 };
    this.#draw();
  }

  #choose({ offsetX, offsetY }: MouseEvent): void {
    const [x, y] = [offsetX * this.#ratio, offsetY * this.#ratio];
    const hit = this.tracks
      .map((track) => ({ track, box: boxArea(track, this.#area) }))
      .filter(({ box }) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height)
      .sort((a, b) => a.box.width * a.box.height - b.box.width * b.box.height)[0]?.track;
    this.selected = hit?.id === this.#selected ? undefined : hit?.id;
    this.#tell('trackselect', this.#selected === undefined ? undefined : hit);
  }

  #report(): void {
    const player = this.#player;
    if (!player) return;
    this.#tell('statistics', { ...player.statistics(performance.now()), delayMs: player.delayMs });
    const seen = this.tracks.map(({ label, score }) => `${label} ${Math.round(100 * score)} %`);
    const words = `${this.getAttribute('stream')}: ${seen.length > 0 ? seen.join(', ') : 'nothing found'}`;
    if (this.#canvas.getAttribute('aria-label') !== words) this.#canvas.setAttribute('aria-label', words);
  }

  #tell<T extends keyof PlayerEventDetails>(type: T, detail: PlayerEventDetails[T]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'heatbox-player': HeatboxPlayer;
  }
}

if (!customElements.get('heatbox-player')) customElements.define('heatbox-player', HeatboxPlayer);
