import { events } from '../../../src/client/browser.ts';
import { EVENT_TYPES } from '../../../src/protocol/constants.ts';
import type { HeatboxEvent } from '../../../src/protocol/events.ts';
import type { ConfigMessage, HubMessage } from '../../../src/protocol/video-messages.ts';
import { decodeMaps, type WireMessage } from '../../../src/protocol/video-units.ts';
import { type Abilities, findAbilities } from './decode/codecs.ts';
import { createDecoding } from './decode/decoding.ts';
import type { DecodedFrame, ShownFrame } from './decode/frames.ts';
import { createFrameEvents } from './frame-events.ts';
import { createFrameMaps } from './frame-maps.ts';
import type { Player, PlayerOptions } from './player-api.ts';
import { createPlayout } from './playout.ts';
import { BEHIND_MS, describeState } from './state.ts';
import { keepStatistics } from './statistics.ts';
import { openVideoSocket, type VideoSocket } from './video-socket.ts';

/** Decoded pictures wait in scarce memory, coded ones in plenty. */
const DECODED = 6;

/**
 * Plays one stream: receives its video and events, shows each frame with the boxes that belong to it.
 *
 * One function of more than a page, because every part of it reads or changes the same state (session, decoder, playout,
 * sightings); what does not has files of its own.
 */
export function createPlayer(options: PlayerOptions): Player {
  const { server, stream, token } = options;
  const frameEvents = createFrameEvents();
  const frameMaps = createFrameMaps();
  const playout = createPlayout(options.maxDelayMs);
  const statistics = keepStatistics();
  const status = describeState(options.onState);
  const refused = new Set<string>();
  let abilities: Abilities | undefined;
  let config: ConfigMessage | undefined;
  let decoded: DecodedFrame[] = [];
  let current: ShownFrame | undefined;
  let isPaused = false;
  let stepping = false;
  let isAsleep = false;

  const decoding = createDecoding({
    onFrame(frame) {
      decoded.push(frame);
      decoded.sort((a, b) => (a.config === b.config ? a.ptsUs - b.ptsUs : 0));
      if (isSettled(frame)) playout.ready(frame, performance.now());
      if (stepping) showNext();
      else if (!isPaused) passOver();
      decoding.feed();
    },
    onTrouble,
    room: () => (!isPaused || stepping || !current ? DECODED - decoded.length : 0),
  });

  let socket: VideoSocket | undefined = connect();
  void findAbilities().then((found) => {
    abilities = found;
    status.trouble(found.trouble);
    watch();
  });
  const subscription = events(server, {
    filters: { streams: [stream], types: EVENT_TYPES },
    ...(token !== undefined && { token }),
    onNotice(notice) {
      if (notice.type !== 'connected') return;
      const known = notice.hello.streams.find(({ name }) => name === stream);
      if (known) status.source(known.state, null);
    },
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
      onLost(retryMs, why) {
        forget();
        status.lost(retryMs, why);
      },
      onEnded(reason) {
        socket = undefined;
        status.ended(reason);
      },
    });
  }

  function watch(): void {
    if (!abilities || isAsleep) return;
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
      playout.isLossless = message.lossless ?? false;
      status.size(message.display);
    } else if (message.type === 'rendition') status.rendition(message.rendition, message.reason);
    else if (message.type === 'skipped') statistics.totals.skipped += message.units;
    else if (message.type === 'waiting') status.waiting();
  }

  function take({ kind, key, ptsUs, receivedMs, payload }: WireMessage): void {
    statistics.totals.bytes += payload.length;
    if (kind === 'maps') frameMaps.add(ptsUs, decodeMaps(payload));
    else if (config) {
      const frame = { config, ptsUs, key, data: payload, receivedMs, arrivedAt: performance.now() };
      playout.arrived(frame);
      skipIfBehind(key);
      if (decoding.isFull) sleep();
      if (isAsleep) return;
      decoding.add(frame);
      decoding.feed();
    }
  }

  /** What waits is let go for a keyframe that comes behind it, where it would be shown too late. */
  function skipIfBehind(key: boolean): void {
    const { next } = decoding;
    if (!key || isPaused || playout.isLossless || !next || behindMs(next) < BEHIND_MS) return;
    statistics.totals.passedOver += decoding.skip();
  }

  /** Time since the server got a frame; since it came here, while the clocks have not been compared. */
  function behindMs({ receivedMs, arrivedAt }: Pick<DecodedFrame, 'receivedMs' | 'arrivedAt'>): number {
    const offset = socket?.clockOffset;
    const now = performance.now();
    return Math.max(0, offset === undefined ? now - arrivedAt : performance.timeOrigin + now + offset - receivedMs);
  }

  function hear(event: HeatboxEvent): void {
    if (event.type === 'frame') {
      const open = decoded.filter((frame) => !isSettled(frame));
      frameEvents.add(event);
      for (const frame of open) if (isSettled(frame)) playout.ready(frame, performance.now());
      statistics.boxes(event);
    } else if (event.type === 'stream.state') status.source(event.state, event.reason);
    else if (event.type === 'stream.started') socket ??= connect();
    options.onEvent(event);
  }

  function isSettled({ config: { session }, ptsUs }: DecodedFrame): boolean {
    return frameEvents.isSettled(session, ptsUs);
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
    decoding.feed();
  }

  function showNext(): void {
    const frame = decoded.shift();
    if (!frame) return;
    stepping = false;
    const event = frameEvents.get(frame.config.session, frame.ptsUs);
    const latencyMs = socket?.clockOffset === undefined || isPaused ? undefined : behindMs(frame);
    const before = current;
    const held = event ? undefined : frameEvents.before(frame.config.session, frame.ptsUs);
    current = { ...frame, event, held, latencyMs, maps: frameMaps.of(frame.ptsUs, event) };
    statistics.shown(current);
    options.onShow(current);
    before?.image.close();
    status.shown(performance.now(), playout.isLossless ? undefined : latencyMs);
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
    decoding.reset();
    for (const { image } of decoded) image.close();
    decoded = [];
    stepping = false;
    playout.reset();
  }

  /** Paused for longer than there is room for, or not looked at: nothing more is wanted. */
  function sleep(): void {
    if (isAsleep) return;
    isAsleep = true;
    socket?.send({ type: 'pause' });
  }

  return {
    refresh,
    sleep() {
      sleep();
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
      decoding.feed();
    },
    play() {
      if (!isPaused && !isAsleep) return;
      isPaused = false;
      isAsleep = false;
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
    get clockOffset() {
      return socket?.clockOffset;
    },
    statistics: (now) => statistics.take(now),
    close() {
      subscription.unsubscribe();
      socket?.close();
      forget();
      current?.image.close();
      current = undefined;
    },
  };
}
