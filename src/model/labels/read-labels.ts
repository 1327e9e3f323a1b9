import { basename } from 'node:path';
import { z } from 'zod';
import { HeatboxError } from '../../error.ts';
import type { Label } from '../../types.ts';
import { readRegular } from '../files/inside.ts';
import { labelsSchema } from '../files/manifest.ts';

/** The names of 21,000 classes take a megabyte. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What labels are before they are numbered. */
type Entry = Omit<Label, 'index'>;

/**
 * Reads a file of labels, in the order of the network's output. It may be
 *
 * - text with one class a line, as `great tit`, or `n01592084 chickadee, titmouse` with a WordNet id and all names;
 * - JSON: a list of names; heatbox's own `labels.json`; Keras' and torchvision's `{"0": ["n01440764", "tench"]}`; Hugging
 *   Face's `{"0": "tench"}`, or its `config.json` with `id2label`.
 *
 * Where the network has one class more than the file, as TensorFlow's ImageNet networks, `background` is put before them.
 *
 * @throws HeatboxError `LABELS_INVALID` when it cannot be understood or has another number of classes.
 */
export async function readLabels(path: string, classCount: number): Promise<{ labels: Label[]; background: boolean }> {
  const bytes = await readRegular(path, MOST_BYTES).catch((cause: unknown) => {
    throw invalid(path, cause instanceof HeatboxError ? `cannot be read: ${cause.message}` : 'cannot be read', cause);
  });
  const text = bytes.toString('utf8');
  const entries = parseLabels(text, path);
  const background = entries.length === classCount - 1;
  if (background) entries.unshift(named('background'));
  if (entries.length !== classCount) {
    throw invalid(path, `has ${entries.length} labels, but the network has ${classCount} classes`);
  }
  return { labels: entries.map((entry, index) => ({ index, ...entry })), background };
}

const pairs = z.record(z.string().regex(/^\d+$/), z.union([z.string(), z.tuple([z.string(), z.string()])]));

function parseLabels(text: string, path: string): Entry[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (!/^[[{]/.test(trimmed)) {
    return trimmed.split(/\r?\n/).map((line, i) => {
      if (line.trim() === '') throw invalid(path, `has an empty line ${i + 1}; every class needs a name`);
      return fromLine(line.trim());
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(trimmed);
  } catch (cause) {
    throw invalid(path, 'is not JSON, though it begins like it', cause);
  }
  const own = labelsSchema.safeParse(json);
  if (own.success) return own.data.map(({ wnid, name, names }) => ({ wnid, name, names }));
  const list = z.array(z.string().min(1)).safeParse(json);
  if (list.success) return list.data.map(fromLine);
  const table = pairs.safeParse((json as { id2label?: unknown }).id2label ?? json);
  if (!table.success) throw invalid(path, 'is neither a list of names nor a table from index to name');
  const { data } = table;
  return Object.keys(data).map((_, index) => {
    const entry = data[index];
    if (entry === undefined) throw invalid(path, `has no label for class ${index}`);
    return typeof entry === 'string' ? fromLine(entry) : { ...fromLine(entry[1]), wnid: entry[0] };
  });
}

function fromLine(line: string): Entry {
  const [, wnid = '', rest = line] = /^(n\d{8})[\s,]+(.+)$/.exec(line) ?? [];
  const names = rest
    .split(/,\s+/)
    .map((name) => name.replaceAll('_', ' ').trim())
    .filter((name) => name !== '');
  return { wnid, name: names[0] ?? rest, names: names.length > 0 ? names : [rest] };
}

function named(name: string): Entry {
  return { wnid: '', name, names: [name] };
}

function invalid(path: string, reason: string, cause?: unknown): HeatboxError {
  return new HeatboxError('LABELS_INVALID', `${basename(path)} ${reason}`, {
    hint: "Give one class a line, in the order of the network's output.",
    value: path,
    cause,
    kind: 'usage',
  });
}
