/**
 * What a terminal or a reader would act upon instead of showing it: controls (C0, DEL, C1), overrides of the writing
 * direction, line and paragraph separators, marks without width, and tags. Joiners stay, which some scripts need.
 */
const INVISIBLE =
  /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/**
 * Escapes what comes from outside heatbox before a terminal sees it: names and titles in files, what FFmpeg, a server or a
 * camera says, names of files. The text becomes one line, in which nothing moves the cursor, changes colours or titles,
 * or turns the order of letters. Escapes are those of JSON, so that JSON stays the same data.
 *
 * @example visible('a\x1b[2Jb\nc') // 'a\\u001b[2Jb\\u000ac'
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, escaped);
}

/** The same of a text whose lines and tabs are heatbox's own. */
export function visibleLines(text: string): string {
  return text.replace(INVISIBLE, (sign) => (sign === '\n' || sign === '\t' ? sign : escaped(sign)));
}

function escaped(sign: string): string {
  return Array.from({ length: sign.length }, (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
