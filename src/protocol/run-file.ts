import { z } from 'zod';
import { sizeSchema, trackSchema } from './events.ts';

/** Version of the run file, in its header. */
export const RUN_FILE_VERSION = 1;

/** The first line of a run file. */
export const runHeaderSchema = z
  .object({
    type: z.literal('header'),
    schema: z.literal(RUN_FILE_VERSION),
    heatbox: z.string().meta({ description: 'Version of heatbox that wrote the file.' }),
    source: z.string().meta({ description: 'The input as given, without credentials.' }),
    size: sizeSchema.meta({ description: 'Of the displayed frame, pixels; boxes are in this space.' }),
    frameRate: z.number().positive().nullable(),
    model: z.object({ name: z.string(), sha256: z.string().nullable() }),
    options: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'RunHeader' });

export const runFrameSchema = z
  .object({
    type: z.literal('frame'),
    frame: z.int().min(0).meta({ description: 'Counts from 0, in display order.' }),
    pts: z.number().meta({ description: 'Seconds of the source clock.' }),
    tracks: z.array(trackSchema),
  })
  .meta({ id: 'RunFrame' });

/** The last line of a run file. */
export const runTotalsSchema = z
  .object({
    type: z.literal('totals'),
    frames: z.int().min(0),
    analysed: z.int().min(0).meta({ description: 'Frames the network ran on.' }),
    tracks: z.int().min(0).meta({ description: 'Confirmed tracks.' }),
    seconds: z.number().min(0).meta({ description: 'How long the run took.' }),
    complete: z.boolean().meta({ description: 'False where the run was interrupted or the source was cut short.' }),
  })
  .meta({ id: 'RunTotals' });

/** One line of the NDJSON that `--json` writes: a header, frames, totals. */
export const runLineSchema = z.discriminatedUnion('type', [runHeaderSchema, runFrameSchema, runTotalsSchema]);

/** The first line of a run file. */
export type RunHeader = z.infer<typeof runHeaderSchema>;
export type RunFrame = z.infer<typeof runFrameSchema>;
/** The last line of a run file. */
export type RunTotals = z.infer<typeof runTotalsSchema>;
export type RunLine = z.infer<typeof runLineSchema>;
