import { encodeCredentials } from '../../text/url-credentials.ts';

/** Most letters of a name, with room for a number behind it. */
const LONGEST = 60;

/**
 * Names for sources, after their host or file: safe in URLs and file names, each once.
 *
 * @example streamNames(['rtsp://me:secret@door.local/1', 'a/bird.mp4', 'b/bird.mp4']) // ['door.local', 'bird', 'bird-2']
 */
export function streamNames(sources: readonly string[]): string[] {
  const taken = new Set<string>();
  return sources.map((source) => {
    const base = plain(titleOf(source)) || 'stream';
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
    taken.add(name);
    return name;
  });
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
