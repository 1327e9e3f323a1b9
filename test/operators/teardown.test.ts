import { lastValueFrom, map, type Observable, take } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/inference/engine.ts';
import type { TrackedFrame } from '../../src/operators/track.ts';
import * as built from '../support/built.ts';
import { scratch, shortSample } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const LAST = 35;
const NOTHING = { threads: 0, descriptors: 0 };
const space = scratch();
let engine: Engine;
let idle: built.Resources;

beforeAll(async () => {
  engine = await built.openEngine(await built.loadModel(writeTinyModel(space.path('model'))));
  // The first run starts what stays for the process.
  await lastValueFrom(await boxes(1));
  idle = built.resources();
});
afterAll(async () => {
  await engine.close();
  space.remove();
});

/** The library's way: a composition of one's own, with nobody to close the source but the stream itself. */
async function boxes(stride: number): Promise<Observable<TrackedFrame>> {
  const source = await built.openSource({ input: shortSample });
  return source.frames({ inputSize: { width: 64, height: 64 }, stride }).pipe(
    built.localise({ engine }),
    built.track(),
    built.consume(async () => {}),
  );
}

describe.each([1, 4])('with a stride of %d, the source of a composition is gone', (stride) => {
  it('when it was played to its end', async () => {
    await lastValueFrom(await boxes(stride));
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it('when nobody listens any more', async () => {
    await lastValueFrom((await boxes(stride)).pipe(take(3)));
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it.each([5, LAST])('when its subscriber fails at frame %d', async (at) => {
    const failing = (await boxes(stride)).pipe(
      map(({ index }) => {
        if (index === at) throw new Error('the subscriber failed');
      }),
    );
    await expect(lastValueFrom(failing)).rejects.toThrow('the subscriber failed');
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });
});
