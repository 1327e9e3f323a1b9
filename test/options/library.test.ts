/** The types and defaults of the library against the option table. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AnnotateFileOptions } from '../../pipelines/analysis.ts';
import type { StreamOptions } from '../../pipelines/publish-events.ts';
import { type AccuracyName, thresholdOf } from '../../src/cam/accuracy.ts';
import type { Config } from '../../src/config/schema.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import type { PrecisionWish } from '../../src/inference/providers/precision.ts';
import type { Stride } from '../../src/media/stride.ts';
import { LOCALISE_DEFAULTS } from '../../src/operators/localiser.ts';
import { NETWORK_DEFAULTS } from '../../src/operators/run-network.ts';
import { analysisOptions, networkOptions } from '../../src/options/analysis.ts';
import type { fileOptions } from '../../src/options/files.ts';
import type { Named, ValueOf } from '../../src/options/option.ts';
import { limitOptions, type logOptions } from '../../src/options/server.ts';
import { streamOptions } from '../../src/options/streams.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/server/limits.ts';

type Values<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };
type Analysis = Values<typeof analysisOptions & typeof networkOptions>;
/** In the library, a size and the providers are values rather than text. */
type SaidOtherwise = 'inputSize' | 'provider';

describe('the library takes what the table says', () => {
  it('for files', () => {
    type Wanted = Partial<Omit<Analysis, SaidOtherwise | 'batchWaitSeconds'>>;
    expectTypeOf<Pick<AnnotateFileOptions, keyof Wanted>>().toEqualTypeOf<Wanted>();
    type File = Partial<Omit<Values<typeof fileOptions>, 'heatmap' | 'heatmapOpacity' | 'json' | 'profile'>>;
    expectTypeOf<Pick<AnnotateFileOptions, keyof File>>().toEqualTypeOf<File>();
  });

  it('for streams', () => {
    type Wanted = Omit<Pick<Analysis, keyof Analysis & keyof StreamOptions>, SaidOtherwise>;
    expectTypeOf<keyof Wanted>().toEqualTypeOf<
      'labels' | 'excludeLabels' | 'topK' | 'minScore' | 'threshold' | 'stride'
    >();
    expectTypeOf<Required<Pick<StreamOptions, keyof Wanted>>>().toEqualTypeOf<Wanted>();
    type Stream = Values<typeof streamOptions>;
    expectTypeOf<Required<Pick<StreamOptions, keyof Stream>>>().toEqualTypeOf<Stream>();
  });

  it('by name', () => {
    expectTypeOf<AccuracyName>().toEqualTypeOf<Analysis['accuracy']>();
    expectTypeOf<PrecisionWish>().toEqualTypeOf<Analysis['precision']>();
    expectTypeOf<Stride>().toEqualTypeOf<Analysis['stride']>();
    expectTypeOf<keyof Limits>().toEqualTypeOf<keyof typeof limitOptions | 'messages' | 'subscriptions'>();
    expectTypeOf<Required<Config['log']>>().toEqualTypeOf<{
      -readonly [Name in keyof typeof logOptions]: ValueOf<(typeof logOptions)[Name]>;
    }>();
  });
});

describe('the library has the defaults of the table', () => {
  it('in what runs', () => {
    const { topK, minScore, threshold, accuracy } = analysisOptions;
    expect(LOCALISE_DEFAULTS).toMatchObject({ topK: topK.default, minScore: minScore.default });
    expect(NETWORK_DEFAULTS.batch).toBe(networkOptions.batch.default);
    const fast = accuracy.default;
    const outlined = thresholdOf({ outlined: true }, fast);
    expect(threshold.absent).toBe(`${outlined}, or ${thresholdOf({}, fast)} for a model without outlines`);
    expect(LOCALISE_DEFAULTS.threshold).toBe(outlined);
    for (const [name, { default: value }] of Object.entries(limitOptions))
      expect(DEFAULT_LIMITS[name as keyof Limits]).toBe(value);
  });

  it('in every docblock that names one', () => {
    const tables: Readonly<Record<string, Named>> = { ...analysisOptions, ...networkOptions, ...streamOptions };
    for (const file of ['analysis', 'publish-events', 'watch-live']) {
      const text = readFileSync(join(packageRoot(), 'pipelines', `${file}.ts`), 'utf8');
      for (const [, said = '', name = ''] of text.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+readonly (\w+)\??:/gs)) {
        const [, value] = /Defaults to `?([\w.-]+)/.exec(said.replace(/\s*\*\s*/g, ' ')) ?? [];
        const spec = tables[name];
        if (value === undefined || spec === undefined || !('default' in spec)) continue;
        expect(value.replace(/\.$/, ''), `${file}: ${name}`).toBe(String(spec.default));
      }
    }
  });
});
