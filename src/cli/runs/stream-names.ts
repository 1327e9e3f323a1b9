import { existsSync } from 'node:fs';
import { HeatboxError } from '../../error.ts';
import { STREAM_NAME } from '../../protocol/events.ts';
import { encodeCredentials } from '../../text/url-credentials.ts';

/** Most letters of a name, with room for a number behind it. */
const LONGEST = 60;

export interface NamedSource {
  readonly name: string;
  readonly source: string;
}

/**
 * Gives each source a name, safe in URLs and file names: the one in front of it, as in `front=rtsp://nvr/1`, or one after its
 * host or file, with a number if that is taken. A file that has such a name itself is a file.
 *
 * @throws HeatboxError `BAD_VALUE` if a name is given twice
 * @example nameSources(['front=rtsp://nvr/1', 'rtsp://me:secret@nvr/2', 'a/bird.mp4', 'b/bird.mp4'])
 *   // names: 'front', 'nvr', 'bird', 'bird-2'
 */
export function nameSources(given: readonly string[]): NamedSource[] {
  const split = given.map(splitName);
  const taken = new Set<string>();
  for (const { name } of split) {
    if (name === undefined) continue;
    if (taken.has(name))
      throw new HeatboxError('BAD_VALUE', `Two sources are called "${name}"`, {
        kind: 'usage',
        value: name,
        hint: 'Give each source a name of its own, e.g. front=rtsp://nvr/1 back=rtsp://nvr/2.',
      });
    taken.add(name);
  }
  return split.map(({ name, source }) => {
    if (name !== undefined) return { name, source };
    const base = plain(titleOf(source)) || 'stream';
    let free = base;
    for (let count = 2; taken.has(free); count++) free = `${base}-${count}`;
    taken.add(free);
    return { name: free, source };
  });
}

function splitName(text: string): { readonly name: string | undefined; readonly source: string } {
  const [, name = '', source = ''] = /^([^=:/\\?]+)=(.+)$/.exec(text) ?? [];
  return STREAM_NAME.test(name) && !existsSync(text) ? { name, source } : { name: undefined, source: text };
}

function titleOf(source: string): string {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(source) ?? [];
  if (scheme === undefined || rest === undefined) return source.replace(/^.*[/\\]/, '').replace(/\.[^.]+$/, '');
  // Where a URL lacks its slashes, a password follows at once.
  if (!rest.startsWith('//') && !/^(webcam|screen|test)$/i.test(scheme)) return scheme;
  if (!rest.startsWith('//')) return `${scheme}-${rest.replace(/\?.*$/, '').replace(/^\/dev\//, '')}`;
  try {
    return new URL(encodeCredentials(source).replace(/^[^:]+/, 'http')).hostname.replace(/[;=&].*/, '');
  } catch {
    return scheme;
  }
}

function plain(title: string): string {
  return title
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
    .slice(0, LONGEST);
}
