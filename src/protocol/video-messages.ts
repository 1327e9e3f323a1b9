import { z } from 'zod';
import { sizeSchema } from './events.ts';

/** What a viewer sends, as JSON. */
export const viewerMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('watch'),
    decodes: z.array(z.string().min(1).max(64)).max(16).meta({
      description: 'Kinds of video it decodes, as the first part of RFC 6381 strings: avc1, hev1, vp09, av01.',
    }),
    refuses: z
      .array(z.string().min(1).max(64))
      .max(16)
      .optional()
      .meta({ description: 'Whole codec strings of these kinds that it nevertheless cannot decode.' }),
  }),
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('clock'), at: z.number() }),
]);

const renditionSchema = z.enum(['source', 'transcoded', 'jpeg']);

/** What the hub sends as JSON. */
export const hubMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('waiting') }),
  z.object({ type: z.literal('rendition'), rendition: renditionSchema, reason: z.string() }),
  z.object({
    type: z.literal('config'),
    rendition: renditionSchema,
    session: z.string(),
    codec: z.string(),
    coded: sizeSchema.nullable(),
    display: sizeSchema.nullable(),
    rotation: z.number(),
    lossless: z.boolean().optional().meta({ description: 'Each frame gets its event, however late: wait for it.' }),
  }),
  z.object({ type: z.literal('skipped'), units: z.int() }),
  z.object({ type: z.literal('clock'), at: z.number(), now: z.number() }),
  z.object({ type: z.literal('ended') }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);

export type ViewerMessage = z.infer<typeof viewerMessageSchema>;
export type Watch = Extract<ViewerMessage, { type: 'watch' }>;
export type HubMessage = z.infer<typeof hubMessageSchema>;
export type ConfigMessage = Extract<HubMessage, { type: 'config' }>;
