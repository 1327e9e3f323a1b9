import { BehaviorSubject, distinctUntilChanged } from 'rxjs';
import type { Rendition, VideoConfig } from '../../protocol/video.ts';
import type { ConfigMessage, Watch } from '../../protocol/video-messages.ts';
import { encodeMaps, encodeMessage } from '../../protocol/video-units.ts';
import { type Choice, chooseRendition } from './choose-rendition.ts';
import type { VideoFeed } from './feed.ts';
import { createGop } from './gop.ts';
import type { Viewer } from './viewer.ts';

/** A JPEG as it came. */
export interface Picture {
  readonly session: string;
  readonly ptsUs: number;
  readonly data: Uint8Array;
}

/** One stream's video: what its producer puts in on one side, who watches on the other. */
export interface Channel {
  readonly feed: VideoFeed;
  /** Viewers by rendition, for the metrics. */
  count(rendition: Rendition): number;
  join(viewer: Viewer): Seat;
  /** Takes every JPEG until the function that it returns is called; that counts as somebody who watches. */
  takePictures(take: (picture: Picture) => void): () => void;
  readonly isOpen: boolean;
  open(): void;
  tick(): void;
  close(code: number, reason: string): void;
}

/** A viewer's place in a channel. */
export interface Seat {
  watch(watch: Watch): void;
  pause(): void;
  leave(): void;
}

interface Watching {
  readonly viewer: Viewer;
  wish: Watch | undefined;
  choice: Choice | undefined;
  /** The session whose `config` it has, of JPEGs. */
  session: string | undefined;
}

/**
 * Passes a stream's video from its producer to its viewers.
 *
 * One function of more than a page: renditions, viewers and the group of pictures kept for newcomers are one state.
 *
 * @param gopBytes What is kept of a group of pictures, per rendition.
 */
export function createChannel(gopBytes: number): Channel {
  const configs = new Map<'source' | 'transcoded', VideoConfig>();
  const gops = { source: createGop(gopBytes), transcoded: createGop(gopBytes) };
  const watching = new Set<Watching>();
  const takers = new Set<(picture: Picture) => void>();
  const demand = new BehaviorSubject<ReadonlySet<Rendition>>(new Set());
  let isOpen = false;

  const of = (rendition: Rendition) => [...watching].filter(({ choice }) => choice?.rendition === rendition);

  const codecs = () => ({ source: configs.get('source')?.codec, transcoded: configs.get('transcoded')?.codec });

  function updateDemand(): void {
    const wanted = new Set<Rendition>();
    for (const { choice } of watching) if (choice) wanted.add(choice.rendition);
    if (takers.size > 0) wanted.add('jpeg');
    demand.next(wanted);
  }

  /** Gives a viewer what suits it at present, unless it has that already. */
  function choose(one: Watching): void {
    const { viewer, wish } = one;
    if (!wish) return;
    const before = one.choice;
    one.choice = chooseRendition(codecs(), wish);
    if (!one.choice) {
      viewer.say({ type: 'waiting' });
      return;
    }
    const { rendition, reason } = one.choice;
    if (before?.rendition === rendition && before.reason === reason) return;
    viewer.say({ type: 'rendition', rendition, reason });
    one.session = undefined;
    if (rendition === 'jpeg') return;
    const config = configs.get(rendition);
    if (config) viewer.say(describe(rendition, config));
    viewer.begin(config ? gops[rendition].messages : []);
  }

  const feed: VideoFeed = {
    demand: demand.pipe(distinctUntilChanged((a, b) => a.size === b.size && [...a].every((one) => b.has(one)))),
    config(rendition, config) {
      configs.set(rendition, config);
      gops[rendition].clear();
      const had = new Set(of(rendition));
      if (rendition === 'source') {
        for (const one of watching) choose(one);
        updateDemand();
      }
      for (const one of of(rendition)) {
        if (!had.has(one)) continue;
        one.viewer.say(describe(rendition, config));
        one.viewer.begin([]);
      }
    },
    unit(rendition, { ptsUs, key, data }) {
      const message = encodeMessage({ kind: 'unit', key, ptsUs, receivedMs: now(), payload: data });
      gops[rendition].add(message, key);
      for (const { viewer } of of(rendition)) viewer.unit(message, key);
    },
    maps(ptsUs, maps) {
      if (watching.size === 0) return;
      const payload = encodeMaps(maps);
      const message = encodeMessage({ kind: 'maps', key: false, ptsUs, receivedMs: now(), payload });
      for (const { viewer, choice } of watching) if (choice) viewer.single(message);
    },
    jpeg(session, ptsUs, data) {
      for (const take of takers) take({ session, ptsUs, data });
      const viewers = of('jpeg');
      if (viewers.length === 0) return;
      const message = encodeMessage({ kind: 'jpeg', key: true, ptsUs, receivedMs: now(), payload: data });
      for (const one of viewers) {
        if (one.session !== session) one.viewer.say(describeJpeg(session, configs.get('source')));
        one.session = session;
        one.viewer.single(message);
      }
    },
    close() {
      isOpen = false;
      configs.clear();
      gops.source.clear();
      gops.transcoded.clear();
      for (const { viewer } of watching) {
        viewer.say({ type: 'ended' });
        viewer.close(1000, 'the stream is over');
      }
    },
  };

  return {
    feed,
    count: (rendition) => of(rendition).length,
    join(viewer) {
      const one: Watching = { viewer, wish: undefined, choice: undefined, session: undefined };
      watching.add(one);
      return {
        watch(wish) {
          one.wish = wish;
          choose(one);
          updateDemand();
        },
        pause() {
          one.wish = undefined;
          one.choice = undefined;
          updateDemand();
        },
        leave() {
          watching.delete(one);
          updateDemand();
        },
      };
    },
    takePictures(take) {
      takers.add(take);
      updateDemand();
      return () => {
        takers.delete(take);
        updateDemand();
      };
    },
    get isOpen() {
      return isOpen;
    },
    open() {
      isOpen = true;
    },
    tick() {
      for (const { viewer } of watching) viewer.tick();
    },
    close(code, reason) {
      for (const { viewer } of watching) viewer.close(code, reason);
      demand.complete();
    },
  };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function describe(rendition: 'source' | 'transcoded', config: VideoConfig): ConfigMessage {
  const { session, codec, coded, display, rotation, lossless } = config;
  return { type: 'config', rendition, session, codec, coded, display, rotation, ...(lossless && { lossless }) };
}

/** JPEGs are upright, so that only the size of display is worth telling, where the source has told it. */
function describeJpeg(session: string, source: VideoConfig | undefined): ConfigMessage {
  const { display = null, lossless } = source?.session === session ? source : {};
  const shape = { codec: 'jpeg', coded: null, display, rotation: 0 };
  return { type: 'config', rendition: 'jpeg', session, ...shape, ...(lossless && { lossless }) };
}
