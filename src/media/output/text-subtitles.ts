/**
 * Text subtitles between containers, one cue a packet. FFmpeg's own converters are not reachable from node-av; the packets
 * of these codecs are plain text, so that the change is small.
 */

/**
 * One cue in another codec's form.
 *
 * @param from - FFmpeg's name of the source's codec.
 * @returns the packet's payload, or undefined where the cue says nothing.
 */
export function convertCue(from: string, to: 'mov_text' | 'subrip' | 'webvtt', payload: Buffer): Buffer | undefined {
  const text = cueText(from, payload);
  if (text === '') return undefined;
  if (to === 'mov_text') return movTextSample(text);
  return Buffer.from(to === 'webvtt' ? escapeVtt(text) : text, 'utf8');
}

/** The cue's text without mark-up: SubRip and WebVTT tags, ASS override blocks and fields. */
function cueText(codec: string, payload: Buffer): string {
  if (codec === 'mov_text')
    return payload.subarray(2, 2 + (payload.length >= 2 ? payload.readUInt16BE(0) : 0)).toString('utf8');
  const text = payload.toString('utf8').replace(/\0+$/, '');
  if (codec === 'ass' || codec === 'ssa') {
    // Matroska's ASS packet: ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text.
    const fields = text.split(',');
    return fields
      .slice(8)
      .join(',')
      .replace(/\{[^}]*\}/g, '')
      .replace(/\\[Nn]/g, '\n')
      .replace(/\\h/g, ' ')
      .trim();
  }
  const plain = codec === 'webvtt' ? unescapeVtt(text.replace(/<[^>]*>/g, '')) : text.replace(SUBRIP_TAGS, '');
  return plain
    .replace(/\{\\[^}]*\}/g, '')
    .replace(/\r\n?/g, '\n')
    .trim();
}

/** A 3GPP timed text sample (TS 26.245): a 16-bit length and UTF-8. */
function movTextSample(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8').subarray(0, 0xffff);
  const sample = Buffer.alloc(2 + bytes.length);
  sample.writeUInt16BE(bytes.length, 0);
  bytes.copy(sample, 2);
  return sample;
}

/** A 3GPP timed text sample description: white on nothing, centred at the bottom. */
export function movTextDescription(): Buffer {
  const font = Buffer.from('Sans-Serif', 'latin1');
  const style = [0, 0, 0, 0, 0, 1, 0, 18, 255, 255, 255, 255];
  const box = [0, 0, 0, 0, 0, 0, 0, 0];
  const table = [0, 0, 0, 13 + font.length, ...Buffer.from('ftab', 'latin1'), 0, 1, 0, 1, font.length, ...font];
  return Buffer.from([0, 0, 0, 0, 1, 0xff, 0, 0, 0, 0, ...box, ...style, ...table]);
}

/** SubRip's tags; what else stands between angle brackets is text. */
const SUBRIP_TAGS = /<\/?(?:[biu]|s|font)(?:\s[^>]*)?>/gi;

const VTT_ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  nbsp: '\u00a0',
  lrm: '\u200e',
  rlm: '\u200f',
};

function unescapeVtt(text: string): string {
  return text.replace(/&(amp|lt|gt|nbsp|lrm|rlm);/g, (_, name: string) => VTT_ENTITIES[name]!);
}

/** A WebVTT cue may hold no empty line. */
function escapeVtt(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\n{2,}/g, '\n');
}
