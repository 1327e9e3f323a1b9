import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../src/protocol/constants.ts';
import { protocolJsonSchema } from '../../src/protocol/json-schema.ts';
import { clientMessageSchema, controlMessageSchema, serverMessageSchema } from '../../src/protocol/messages.ts';
import { runLineSchema } from '../../src/protocol/run-file.ts';

const page = await readFile('docs/protocol.md', 'utf8');
const messages = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(text as string));

function schemaOf(message: { type: string }) {
  return message.type === 'subscribe' ? clientMessageSchema : serverMessageSchema;
}

describe('docs/protocol.md', () => {
  test.each(messages.map((message) => [message.type, message]))('%s is as the schema has it', (_, message) => {
    // What a schema does not know it leaves out; so equal means that the page shows no field that is not there.
    expect(schemaOf(message).parse(message)).toEqual(message);
  });

  test('shows every message there is', () => {
    const controls = controlMessageSchema.options.map((option) => option.shape.type.value);
    const shown = new Set(messages.map(({ type }) => type));
    expect([...shown].sort()).toEqual([...EVENT_TYPES, ...controls, 'subscribe'].sort());
  });

  test.each([
    ['filters', Object.keys(clientMessageSchema.shape.filters.unwrap().shape).map((name) => `filters.${name}`)],
    ['codes of errors and notices', codes()],
    ['reasons of gaps', ['expired', 'missing', 'epoch']],
  ])('explains all %s', (_, names) => {
    for (const name of names) expect(page).toContain(`\`${name}\``);
  });
});

describe('the published JSON Schema', () => {
  const schema = protocolJsonSchema() as { $defs: Record<string, { anyOf?: unknown }> };
  const validator = (name: string) =>
    new Ajv2020({ strict: false, validateFormats: false }).compile({
      ...schema,
      anyOf: undefined,
      $ref: `#/$defs/${name}`,
    });

  test.each(messages.map((message) => [message.type, message]))('takes %s', (_, message) => {
    const [right, wrong] = EVENT_TYPES.includes(message.type)
      ? ['Event', 'ServerControl']
      : message.type === 'subscribe'
        ? ['ClientMessage', 'Event']
        : ['ServerControl', 'ClientMessage'];
    expect(validator(right as string)(message)).toBe(true);
    expect(validator(wrong as string)(message)).toBe(false);
  });

  test('lets servers add fields, but not clients', () => {
    const [hello] = messages.filter(({ type }) => type === 'hello');
    expect(validator('ServerControl')({ ...hello, later: 1 })).toBe(true);
    expect(validator('ClientMessage')({ type: 'subscribe', later: 1 })).toBe(false);
    expect(validator('ClientMessage')({ type: 'subscribe', filters: { region: [0, 0, 1] } })).toBe(false);
  });

  test('knows the lines of a run', () => {
    const line = { type: 'totals', frames: 2, analysed: 1, tracks: 0, seconds: 1.5, complete: true };
    expect(runLineSchema.parse(line)).toEqual(line);
    expect(validator('RunLine')(line)).toBe(true);
    expect(validator('RunLine')({ ...line, frames: -1 })).toBe(false);
  });
});

function codes(): string[] {
  return controlMessageSchema.options.flatMap((option) =>
    'code' in option.shape ? (option.shape.code.options as string[]) : [],
  );
}
