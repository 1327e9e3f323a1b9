import { z } from 'zod';
import { PROTOCOL_VERSION } from './constants.ts';
import { eventSchema } from './events.ts';
import { clientMessageSchema, controlMessageSchema } from './messages.ts';
import { runLineSchema } from './run-file.ts';

const roots = {
  Event: eventSchema,
  ServerControl: controlMessageSchema,
  ClientMessage: clientMessageSchema,
  RunLine: runLineSchema,
};

/**
 * The published JSON Schema (draft 2020-12) of everything heatbox writes and reads: `#/$defs/Event`, `ServerControl`,
 * `ClientMessage` and `RunLine`, their members beside them. What heatbox writes may gain fields, what it reads may not
 * have unknown ones; hence the side of the input.
 */
export function protocolJsonSchema(): Record<string, unknown> {
  const definitions: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(roots)) {
    const { $schema: _, $defs, ...root } = z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;
    Object.assign(definitions, $defs, { [name]: root });
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:heatbox:protocol:${PROTOCOL_VERSION}`,
    title: 'heatbox protocol',
    anyOf: Object.keys(roots).map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs: definitions,
  };
}
