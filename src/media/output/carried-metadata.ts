import { Dictionary } from 'node-av/lib';

/** What the source's container says of itself; the output's says its own. */
const OF_CONTAINER = /^(major_brand|minor_version|compatible_brands|encoder)$/i;
/** What is true of the packets as they were: who made them, and Matroska's statistics. */
const OF_PACKETS = /^(encoder|duration|bps|number_of_frames|number_of_bytes|source_id|_statistics_.*)(-[a-z]+)?$/i;
/** What FFmpeg's MP4 and MOV muxers write by themselves, or the picture no longer needs. */
const OF_TRACK = /^(handler_name|vendor_id|rotate)$/i;

/** QuickTime's names of languages whose ISO code FFmpeg does not find there. */
const QUICKTIME_LANGUAGES: Readonly<Record<string, string>> = {
  deu: 'ger',
  ell: 'gre',
  isl: 'ice',
  nld: 'dut',
  swe: 'sve',
  zho: 'chi',
};

/** The titles and tags of a file, for its successor. */
export function carriedTags(metadata: Dictionary | null): Dictionary {
  return Dictionary.fromObject(without(metadata?.getAll() ?? {}, OF_CONTAINER));
}

/**
 * The titles, language and tags of a stream, for its successor.
 *
 * @param made - Whether its packets are new ones.
 * @param format - FFmpeg's name of the output container.
 */
export function carriedStreamTags(metadata: Dictionary | null, made: boolean, format: string): Dictionary {
  // A track of an MP4 or MOV calls its title its name.
  const { name, ...tags } = without(metadata?.getAll() ?? {}, OF_TRACK);
  const titled = name === undefined ? tags : { title: name, ...tags };
  const language = format === 'mov' ? QUICKTIME_LANGUAGES[titled.language ?? ''] : undefined;
  const kept = made ? without(titled, OF_PACKETS) : titled;
  return Dictionary.fromObject(language === undefined ? kept : { ...kept, language });
}

function without(tags: Record<string, string>, dropped: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !dropped.test(key)));
}
