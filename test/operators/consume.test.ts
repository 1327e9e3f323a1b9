import { setImmediate } from 'node:timers/promises';
import { lastValueFrom, type Observable, tap, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import type { SourceFrame } from '../../src/media/source.ts';
import { consume } from '../../src/operators/consume.ts';
import * as built from '../support/built.ts';
import { shortSample } from '../support/heatbox.ts';
import { feed, settled } from './support/frames.ts';

/** A subscriber whose promises a test settles by hand. */
function slow() {
  const source = feed();
  const started: number[] = [];
  const out: number[] = [];
  const ends: unknown[] = [];
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  const subscription = source.frames
    .pipe(
      consume(({ index }) => {
        started.push(index);
        return new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
      }),
    )
    .subscribe({
      next: ({ index }) => out.push(index),
      error: (error) => ends.push(error),
      complete: () => ends.push('complete'),
    });
  return { source, started, out, ends, waiting, subscription };
}

describe('consume', () => {
  it('takes one frame after another and holds those behind', async () => {
    const { source, started, out, ends, waiting } = slow();
    source.send(3);
    source.frames.complete();
    await settled();
    expect(started).toEqual([0]);
    expect(source.held()).toEqual([0, 1, 2]);
    waiting[0]!.resolve();
    await settled();
    expect(started).toEqual([0, 1]);
    expect(out).toEqual([0]);
    expect(source.held()).toEqual([1, 2]);
    for (const step of [1, 2]) {
      waiting[step]!.resolve();
      await settled();
    }
    expect(out).toEqual([0, 1, 2]);
    expect(ends).toEqual(['complete']);
    expect(source.held()).toEqual([]);
  });

  it('holds a frame until those behind have seen it', async () => {
    const source = feed();
    const held: number[][] = [];
    source.frames.pipe(consume(() => {})).subscribe(() => held.push(source.held()));
    source.send(1);
    await settled();
    expect(held).toEqual([[0]]);
    expect(source.held()).toEqual([]);
  });

  it('ends the stream with what the function throws or rejects with, and lets all frames go', async () => {
    const { source, ends, waiting } = slow();
    source.send(4);
    await settled();
    waiting[0]!.reject(new Error('disk full'));
    await settled();
    expect(ends).toEqual([new Error('disk full')]);
    expect(source.held()).toEqual([]);
    expect(source.frames.observed).toBe(false);
  });

  it('lets all frames go when nobody listens any more', async () => {
    const { source, started, subscription } = slow();
    source.send(4);
    await settled();
    subscription.unsubscribe();
    expect(source.held()).toEqual([]);
    await settled();
    expect(started).toEqual([0]);
  });
});

describe('back-pressure on a real file', () => {
  const CREDITS = 5;
  const idle = built.resources();
  afterAll(async () => expect((await built.leftOver(idle)).descriptors).toBe(0));

  async function play(use: (frames: Observable<SourceFrame>, held: () => Promise<void>) => Observable<SourceFrame>) {
    const source = await built.openSource({ input: shortSample, threads: 1 });
    let arrived = 0;
    let underWay = 0;
    let most = 0;
    /** Resolves when the source can go no further: all its credits are in use, or its 36 frames have come. */
    const held = async () => {
      while (underWay < CREDITS && arrived < 36) await setImmediate();
    };
    const counted = source.frames({ inputSize: { width: 64, height: 64 }, credits: CREDITS }).pipe(
      tap(() => {
        arrived++;
        most = Math.max(most, ++underWay);
      }),
    );
    const frames = await lastValueFrom(
      use(counted, held).pipe(
        tap(() => underWay--),
        toArray(),
      ),
    );
    await source.finished();
    return { frames, most };
  }

  it('keeps no more frames under way than there are credits, however slow the subscriber is', async () => {
    const { frames, most } = await play((source, held) => source.pipe(built.consume(held)));
    expect(frames.map(({ index }) => index)).toEqual(Array.from({ length: 36 }, (_, index) => index));
    expect(most).toBe(CREDITS);
  });

  it('gives a held frame its own picture until it is let go', async () => {
    const pictures = new Map<number, string>();
    const look = ({ index, input }: SourceFrame) => {
      const seen = Buffer.from(input!.data).toString('base64');
      expect(seen).toBe(pictures.get(index) ?? seen);
      pictures.set(index, seen);
    };
    await play((source, held) =>
      source.pipe(
        tap(look),
        built.consume(async (frame) => {
          await held();
          look(frame);
        }),
      ),
    );
    expect(new Set(pictures.values()).size).toBeGreaterThan(30);
  });

  it('refuses frames that are used after they went back', async () => {
    const source = await built.openSource({ input: shortSample, threads: 1 });
    const [first] = await lastValueFrom(source.frames({ inputSize: { width: 64, height: 64 } }).pipe(toArray()));
    expect(() => first!.hold()).toThrow(
      expect.objectContaining({ code: 'FRAME_GONE', hint: expect.stringContaining('hold') }),
    );
    expect(() => first!.annotate({ tracks: [] })).toThrow(expect.objectContaining({ code: 'FRAME_GONE' }));
    await source.close();
  });

  it('gives the frames once', async () => {
    const source = await built.openSource({ input: shortSample, threads: 1 });
    const options = { inputSize: { width: 64, height: 64 } };
    await lastValueFrom(source.frames(options));
    await expect(lastValueFrom(source.frames(options))).rejects.toMatchObject({ code: 'SOURCE_USED' });
    await source.close();
  });

  it.each([{ stride: 3, credits: 3 }, { stride: 1.5 }, { credits: Number.NaN }])('refuses %j', async (options) => {
    const source = await built.openSource({ input: shortSample, threads: 1 });
    const frames = source.frames({ inputSize: { width: 64, height: 64 }, ...options });
    await expect(lastValueFrom(frames)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await source.close();
  });
});
