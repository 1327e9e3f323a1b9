import { createTrails } from '../../../src/overlay/trails.ts';
import type { WireTrack } from '../../../src/protocol/events.ts';
import type { ShownFrame } from './decode/frames.ts';
import type { PlayerEventDetails } from './element-events.ts';
import { OVERLAY_ATTRIBUTES, readMaxDelay, readOverlay } from './options.ts';
import { createPlayer } from './player.ts';
import type { Player } from './player-api.ts';
import { copyPart, createSurface, type Scene, snapshotOf } from './surface.ts';

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

  readonly #surface = createSurface();
  #player: Player | undefined;
  #filter: ((track: WireTrack) => boolean) | undefined;
  #trails = createTrails({ seconds: TRAIL_SECONDS });
  #trailsNow: ReturnType<ReturnType<typeof createTrails>> = new Map();
  #overlay = readOverlay(this);
  #selected: number | undefined;
  #tick = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #hidden: ReturnType<typeof setTimeout> | undefined;
  #isAsleep = false;
  #isOpening = false;
  readonly #resize = new ResizeObserver(([entry]) => {
    if (entry) this.#surface.resize(entry.contentRect.width, entry.contentRect.height);
    this.#draw();
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.canvas.setAttribute('role', 'img');
    root.append(this.canvas);
    this.canvas.addEventListener('click', (event) => this.#choose(event));
  }

  connectedCallback(): void {
    this.#resize.observe(this, { box: 'content-box' });
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#name([]);
    this.#openSoon();
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
    if (name === 'server' || name === 'stream' || name === 'token') this.#openSoon();
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
    return this.#surface.canvas;
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

  /** The key of the frame on the screen. */
  get shown(): { readonly session: string; readonly ptsUs: number } | undefined {
    const frame = this.#player?.current;
    return frame && { session: frame.config.session, ptsUs: frame.ptsUs };
  }

  /** The server's clock, milliseconds since 1970; this machine's where they have not been compared. */
  get serverNow(): number {
    return Date.now() + (this.#player?.clockOffset ?? 0);
  }

  /** The tracks drawn at present. */
  get tracks(): readonly WireTrack[] {
    return this.#tracksOf(this.#player?.current);
  }

  /** The present frame as PNG in its own size, with or without what is drawn over it; undefined before the first one. */
  async snapshot({ overlay = true } = {}): Promise<Blob | undefined> {
    const scene = this.#scene();
    return scene && snapshotOf(scene, overlay);
  }

  /** Copies a part of the present picture, without boxes, into a canvas, filling it. */
  copyTo(target: HTMLCanvasElement, boxNorm: WireTrack['boxNorm']): void {
    const frame = this.#player?.current;
    if (frame) copyPart(frame, boxNorm, target);
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#hidden);
    if (document.hidden) {
      this.#hidden = setTimeout(() => {
        this.#isAsleep = !this.isPaused;
        if (this.#isAsleep) this.#player?.sleep();
      }, HIDDEN_MS);
    } else if (this.#isAsleep) {
      this.#isAsleep = false;
      // Whoever paused it by script in the meantime wants it paused.
      if (!this.isPaused) this.#player?.play();
    }
  };

  /** Attributes are set one by one: the stream is opened once for all that are set in a row. */
  #openSoon(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    queueMicrotask(() => {
      this.#isOpening = false;
      this.#open();
    });
  }

  #open(): void {
    if (!this.isConnected) return;
    this.#player?.close();
    this.#player = undefined;
    this.#selected = undefined;
    this.#trailsNow = new Map();
    const stream = this.getAttribute('stream');
    if (!stream) return;
    this.#player = createPlayer({
      server: new URL(this.getAttribute('server') ?? '.', document.baseURI).href,
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
    this.#draw();
    const { config, ptsUs, event, held, maps, latencyMs } = frame;
    this.#tell('frameshown', {
      session: config.session,
      ptsUs,
      hasEvent: event !== undefined,
      tracks: this.#tracksOf(frame),
      allTracks: (event ?? held)?.tracks ?? [],
      mapLabels: [...new Set(maps.map(({ map }) => map.label))],
      latencyMs,
      area: this.#surface.area,
    });
  }

  #tracksOf(frame: ShownFrame | undefined): readonly WireTrack[] {
    return this.#filtered(frame?.event);
  }

  #filtered(event: ShownFrame['event']): readonly WireTrack[] {
    const tracks = event?.tracks ?? [];
    return this.#filter ? tracks.filter(this.#filter) : tracks;
  }

  #draw(): void {
    const scene = this.#scene();
    if (scene) this.#surface.draw(scene);
  }

  #scene(): Scene | undefined {
    const frame = this.#player?.current;
    if (!frame) return undefined;
    const overlay = { ...this.#overlay, selected: this.#selected };
    return { frame, tracks: this.#filtered(frame.event ?? frame.held), trails: this.#trailsNow, overlay };
  }

  #choose({ offsetX, offsetY }: MouseEvent): void {
    const hit = this.#surface.hit(this.tracks, offsetX, offsetY);
    this.selected = hit?.id === this.#selected ? undefined : hit?.id;
    this.#tell('trackselect', this.#selected === undefined ? undefined : hit);
  }

  #report(): void {
    const player = this.#player;
    if (!player) return;
    this.#tell('statistics', { ...player.statistics(performance.now()), delayMs: player.delayMs });
    this.#name(this.tracks);
  }

  /** What the picture shows, for who does not see it. */
  #name(tracks: readonly WireTrack[]): void {
    const seen = tracks.map(({ label, score }) => `${label} ${Math.round(100 * score)} %`);
    const words = `${this.getAttribute('stream')}: ${seen.length > 0 ? seen.join(', ') : 'nothing found'}`;
    if (this.canvas.getAttribute('aria-label') !== words) this.canvas.setAttribute('aria-label', words);
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
