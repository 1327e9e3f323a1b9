import { events } from '../../../src/client/browser.ts';
import { EVENT_TYPES } from '../../../src/events/constants.ts';
import type { HeatboxEvent } from '../../../src/events/schema.ts';
import type { ConfigMessage, HubMessage } from '../../../src/server/video/messages.ts';
import { decodeMaps, type WireMessage } from '../../../src/server/video/wire.ts';
import { type Abilities, findAbilities } from './codecs.ts';
import { createPictureDecoder, createVideoDecoder, type Decoder } from './decoder.ts';
import { createFrameEvents } from './frame-events.ts';
import { createFrameMaps } from './frame-maps.ts';
import { type CodedFrame, type DecodedFrame, frameName, type ShownFrame } from './frames.ts';
import { createPlayout } from './playout.ts';
import { describeState, type PlayerState } from './state.ts';
import { keepStatistics, type Statistics } from './statistics.ts';
import { openVideoSocket, type VideoSocket } from './video-socket.ts';

export interface PlayerOptions {
  readonly server: string;
  readonly stream: string;
  readonly token: string | undefined;
  /** Longest time that a frame waits for its boxes, milliseconds. */
  readonly maxDelayMs: number;
  /** The player closes the image of the frame before. */
  onShow(frame: ShownFrame): void;
  onState(state: PlayerState): void;
  onEvent(event: HeatboxEvent): void;
}

/** One stream, live: its video and its events brought together frame by frame. It draws nothing. */
export interface Player {
  /** Called with each refresh of the screen; shows a frame when the time of one has come. */
  refresh(now: number): void;
  pause(): void;
  /** Shows the frame behind the present one and stays there. */
  step(): void;
  /** Goes on with what is live now. */
  play(): void;
  /** Nobody looks: asks for nothing until `play`. */
  sleep(): void;
  readonly isPaused: boolean;
  readonly current: ShownFrame | undefined;
  maxDelayMs: number;
  readonly delayMs: number;
  statistics(now: number): Statistics;
  close(): void;
}

/** Decoded pictures wait in scarce memory, coded ones in plenty. */
const DECODED = 6;
const CODED = 900;
const CODED_BYTES = 48 * 2 ** 20;
/** Boxes that came too late are noticed for so many frames after theirs was shown. */
const REMEMBERED = 200;

export function createPlayer(options: PlayerOptions): Player {
  const { server, stream, token } = options;
  const frameEvents = createFrameEvents();
  const frameMaps = createFrameMaps();
  const playout = createPlayout(options.maxDelayMs);
  const statistics = keepStatistics();
  const status = describeState(options.onState);
  const refused = new Set<string>();
  const shownBare = new Set<string>();
  let abilities: Abilities | undefined;
  let config: ConfigMessage | undefined;
  let coded: CodedFrame[] = [];
  let codedBytes = 0;
  let decoded: DecodedFrame[] = [];
  let current: ShownFrame | undefined;
  let isPaused = false;
  let stepping = false;
  let isHeldUp = false;

  const onFrame = (frame: DecodedFrame) => {
    decoded.push(frame);
    decoded.sort((a, b) => (a.config === b.config ? a.ptsUs - b.ptsUs : 0));
    if (isSettled(frame)) playout.ready(frame, performance.now());
    if (stepping) showNext();
    else if (!isPaused) passOver();
    feed();
  };
  const video = createVideoDecoder({ onFrame, onTrouble });
  const pictures = createPictureDecoder({ onFrame });

  let socket: VideoSocket | undefined = connect();
  void findAbilities().then((found) => {
    abilities = found;
    status.trouble(found.trouble);
    watch();
  });
  const subscription = events(server, {
    filters: { streams: [stream], types: EVENT_TYPES },
    ...(token !== undefined && { token }),
  }).subscribe({ next: hear, error: (error: Error) => status.ended(error.message) });

  function connect(): VideoSocket {
    return openVideoSocket({
      server,
      stream,
      token,
      onOpen() {
        status.connected();
        watch();
      },
      onControl: control,
      onBinary: take,
      onLost(retryMs) {
        forget();
        status.lost(retryMs);
      },
      onEnded(reason) {
        socket = undefined;
        status.ended(reason);
      },
    });
  }

  function watch(): void {
    if (!abilities || isHeldUp) return;
    const refuses = [...refused];
    socket?.send({ type: 'watch', decodes: [...abilities.decodes], ...(refuses.length > 0 && { refuses }) });
  }

  function control(message: HubMessage): void {
    if (message.type === 'config') {
      if (message.session !== config?.session) {
        playout.reset();
        frameMaps.clear();
      }
      config = message;
      status.size(message.display);
    } else if (message.type === 'rendition') status.rendition(message.rendition, message.reason);
    else if (message.type === 'skipped') statistics.totals.skipped += message.units;
    else if (message.type === 'waiting') status.waiting();
  }

  function take({ kind, key, ptsUs, receivedMs, payload }: WireMessage): void {
    statistics.totals.bytes += payload.length;
    if (kind === 'maps') frameMaps.add(ptsUs, decodeMaps(payload));
    else if (config) {
      const frame: CodedFrame = { config, ptsUs, key, data: payload, receivedMs, arrivedAt: performance.now() };
      playout.arrived(frame);
      if (codedBytes > CODED_BYTES || coded.length > CODED) holdUp();
      if (isHeldUp) return;
      coded.push(frame);
      codedBytes += payload.length;
      feed();
    }
  }

  function hear(event: HeatboxEvent): void {
    if (event.type === 'frame') {
      const open = decoded.filter((frame) => !isSettled(frame));
      frameEvents.add(event);
      for (const frame of open) if (isSettled(frame)) playout.ready(frame, performance.now());
      if (shownBare.delete(frameName(event.session, event.ptsUs))) statistics.totals.lateBoxes++;
    } else if (event.type === 'stream.state') status.source(event.state, event.reason);
    else if (event.type === 'stream.started') socket ??= connect();
    options.onEvent(event);
  }

  function isSettled({ config: { session }, ptsUs }: DecodedFrame): boolean {
    return frameEvents.isSettled(session, ptsUs);
  }

  /** Hands coded pictures to the decoder as long as few decoded ones wait. */
  function feed(): void {
    while (coded.length > 0 && decoded.length + decoder().pending < DECODED && (!isPaused || stepping || !current)) {
      const frame = coded.shift()!;
      codedBytes -= frame.data.length;
      decoder(frame.config).decode(frame);
    }
  }

  function decoder(of = coded[0]?.config): Decoder {
    return of?.rendition === 'jpeg' ? pictures : video;
  }

  /** Lets go of decoded pictures that a later one, whose time has come too, makes needless. */
  function passOver(): void {
    const index = playout.pick(decoded, isSettled, performance.now());
    for (const frame of decoded.splice(0, index)) drop(frame);
  }

  function drop(frame: DecodedFrame): void {
    frame.image.close();
    statistics.totals.passedOver++;
  }

  function refresh(now: number): void {
    status.tick(now);
    if (isPaused && current) return;
    const index = current || isPaused ? playout.pick(decoded, isSettled, now) : decoded.length - 1;
    if (index < 0) return;
    for (const frame of decoded.splice(0, index)) drop(frame);
    showNext();
    feed();
  }

  function showNext(): void {
    const frame = decoded.shift();
    if (!frame) return;
    stepping = false;
    const event = frameEvents.get(frame.config.session, frame.ptsUs);
    const offset = socket?.clockOffset;
    const serverNow = offset === undefined ? undefined : performance.timeOrigin + performance.now() + offset;
    const latencyMs = serverNow === undefined || isPaused ? undefined : Math.max(0, serverNow - frame.receivedMs);
    const before = current;
    current = { ...frame, event, latencyMs, maps: frameMaps.of(frame.ptsUs, event) };
    count(current);
    options.onShow(current);
    before?.image.close();
    status.shown(performance.now());
  }

  function count({ config: { session }, ptsUs, event, latencyMs }: ShownFrame): void {
    statistics.totals.shown++;
    statistics.latency(latencyMs);
    if (event?.measured) statistics.totals.analysed++;
    if (event) return;
    statistics.totals.withoutBoxes++;
    shownBare.add(frameName(session, ptsUs));
    if (shownBare.size > REMEMBERED) shownBare.delete(shownBare.values().next().value!);
  }

  /** The decoder has failed: begins anew at a keyframe, in another form where this one is hopeless. */
  function onTrouble(codec: string, isHopeless: boolean): void {
    if (isHopeless && codec !== '') refused.add(codec);
    restart();
  }

  function restart(): void {
    forget();
    socket?.send({ type: 'pause' });
    watch();
  }

  function forget(): void {
    video.reset();
    pictures.reset();
    coded = [];
    codedBytes = 0;
    for (const { image } of decoded) image.close();
    decoded = [];
    stepping = false;
    playout.reset();
  }

  /** Paused, or not looked at, for longer than there is room for: nothing more is wanted. */
  function holdUp(): void {
    if (isHeldUp) return;
    isHeldUp = true;
    socket?.send({ type: 'pause' });
  }

  return {
    refresh,
    sleep() {
      holdUp();
      forget();
    },
    pause() {
      isPaused = true;
      status.paused(true);
    },
    step() {
      if (!isPaused) this.pause();
      stepping = true;
      if (decoded.length > 0) showNext();
      feed();
    },
    play() {
      if (!isPaused && !isHeldUp) return;
      isPaused = false;
      isHeldUp = false;
      status.paused(false);
      restart();
    },
    get isPaused() {
      return isPaused;
    },
    get current() {
      return current;
    },
    get maxDelayMs() {
      return playout.maxDelayMs;
    },
    set maxDelayMs(value) {
      playout.maxDelayMs = value;
    },
    get delayMs() {
      return playout.delayMs;
    },
    statistics: (now) => statistics.take(now),
    close() {
      subscription.unsubscribe();
      socket?.close();
      forget();
      video.close();
      current?.image.close();
      current = undefined;
    },
  };
}
