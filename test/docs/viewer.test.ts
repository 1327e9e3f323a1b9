import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { hubMessageSchema, viewerMessageSchema } from '../../src/protocol/video-messages.ts';
import { HEADER, HEADER_BYTES, KINDS } from '../../src/protocol/video-units.ts';
import { COLOUR_MAPS } from '../../web-viewer/src/draw/colour-maps.ts';
import { SHORTCUTS } from '../../web-viewer/src/page/keys.ts';

const page = await readFile('docs/viewer.md', 'utf8');
const [before, after] = page.split('### What the server sends') as [string, string];
const messages = (text: string) => [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json!));
const typesOf = (schema: { options: readonly { shape: { type: { value: string } } }[] }) =>
  schema.options.map(({ shape }) => shape.type.value).sort();

describe('the page about the viewer', () => {
  test('shows every message of a viewer, and the server accepts it', () => {
    const shown = messages(before).map((message) => viewerMessageSchema.parse(message));
    expect(shown.map(({ type }) => type).sort()).toEqual(typesOf(viewerMessageSchema));
  });

  test('shows every message of the server, as the server sends it', () => {
    const shown = messages(after).map((message) => hubMessageSchema.parse(message));
    expect(shown.map(({ type }) => type).sort()).toEqual(typesOf(hubMessageSchema));
  });

  test('has the header of binary messages and their kinds', () => {
    const fields = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) \|/gm)].map(([, name, at, bytes]) => [
      name,
      { at: Number(at), bytes: Number(bytes) },
    ]);
    expect(Object.fromEntries(fields)).toEqual(HEADER);
    expect(page).toContain(`A header of ${HEADER_BYTES} bytes`);
    const kinds = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (?!\d)/gm)].map(([, name, number]) => [
      name,
      Number(number),
    ]);
    expect(Object.fromEntries(kinds)).toEqual(KINDS);
  });

  test('has every key', () => {
    const rows = [...page.matchAll(/^\| (`[^|]*`) \| (.*) \|$/gm)].map(([, keys, does]) => [
      keys!.replaceAll('`', ''),
      does,
    ]);
    for (const { shown, does } of SHORTCUTS) expect(rows).toContainEqual([shown, does]);
  });

  test('names the colours of the heat map', () => {
    for (const name of Object.keys(COLOUR_MAPS)) expect(page).toContain(`\`${name}\``);
  });
});
