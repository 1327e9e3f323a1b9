import { AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';

/**
 * `done`: the call did what it was asked. `again`: the decoder needs a packet first, or has frames to be fetched first.
 * `end`: all is out. `damaged`: nothing can be made of this packet; those after it may be fine.
 */
export type DecoderResult = 'done' | 'again' | 'end' | 'damaged';

/**
 * Says what the return value of a decoder means, for pictures and sound alike.
 *
 * Every other error is damage: which code a decoder returns for broken data is a matter of its author's taste
 * (`AVERROR_INVALIDDATA`, `EINVAL`, `EPERM`, `AVERROR_EXTERNAL`, `AVERROR_PATCHWELCOME`), and even "out of memory" is what
 * a broken size leads to. The ffmpeg command goes on after all of them, too. A source with no good frame at all is told
 * apart by its having none.
 */
export function decoderResult(code: number): DecoderResult {
  if (code >= 0) return 'done';
  if (code === AVERROR_EAGAIN) return 'again';
  return code === AVERROR_EOF ? 'end' : 'damaged';
}
