import type { FormatContext } from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import { redact } from '../../text/redact.ts';
import type { OpenOptions } from '../protocol.ts';
import { beginningOf } from './open-input.ts';

/** Says why not one frame came: `SOURCE_NO_FRAMES`, with the source's range where a part of it was wanted. */
export function noFrames(format: FormatContext, { input, start, duration }: OpenOptions): HeatboxError {
  const shown = redact(input);
  if (start === undefined) {
    return new HeatboxError('SOURCE_NO_FRAMES', `no frame can be decoded from ${shown}`, {
      kind: 'usage',
      hint: 'Check that it is not damaged.',
    });
  }
  const part = `from ${start} s on${duration === undefined ? '' : ` for ${duration} s`}`;
  return new HeatboxError('SOURCE_NO_FRAMES', `no frame of ${shown} can be decoded ${part}${rangeOf(format)}`, {
    kind: 'usage',
    hint: 'Check that it is not damaged, and that --start, which counts from its beginning, lies before its end.',
  });
}

/** Empty where the container does not say how long it is. */
function rangeOf(format: FormatContext): string {
  const length = Number(format.duration) / 1e6;
  if (!(length > 0)) return '';
  const beginning = beginningOf(format);
  const clock =
    beginning === 0 ? '' : ` (${beginning.toFixed(3)} to ${(beginning + length).toFixed(3)} s of its clock)`;
  return `: it goes from 0 to ${length.toFixed(3)} s${clock}`;
}
