import type { Rendition } from '../../protocol/video.ts';
import { describeSource } from '../input/describe-source.ts';
import { warnOnce } from '../warn-once.ts';
import { deliverLive } from './deliver-live.ts';
import { type LivePort, openLive } from './open-live.ts';

/**
 * Runs one live or served source from its opening to its end: reads it in FFmpeg's threads while commands are obeyed,
 * passes its packets on, decodes them, keeps the full frames until they are given back, and draws, encodes and records.
 *
 * @throws HeatboxError; whatever happens, the source is closed first.
 */
export async function runLiveHost(port: LivePort): Promise<void> {
  const open = await port.next();
  if (open.type !== 'open') return;
  const { options } = open;
  const closers: (() => unknown)[] = [];
  const warn = warnOnce(port.send);
  try {
    const live = await openLive(port, options, warn, closers);
    const { input, reader, first } = live;
    port.send({
      type: 'opened',
      info: describeSource(options.input, input, first.frame, reader.computedTimestamps(), []),
    });
    let wanted: readonly Rendition[] = [];
    let command = await port.next();
    for (; command.type === 'demand'; command = await port.next()) wanted = command.renditions;
    if (command.type !== 'start') return first.frame.free();
    await deliverLive(port, live, command.options, wanted, closers);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}
