import { type Box, boxes, inFile, type ReadAt } from './iso-boxes.ts';

/**
 * Whether an MP4 or MOV has a video track with a timescale of 0 ticks per second. FFmpeg takes that for 1, and a clip
 * becomes as many times longer as a second had ticks.
 */
export function lacksTimescale(path: string): boolean {
  return inFile(path, false, (readAt, length) => {
    for (const movie of within(readAt, 'moov', { content: 0, at: 0, bytes: length }))
      for (const track of within(readAt, 'trak', movie))
        for (const media of within(readAt, 'mdia', track))
          if (handlerOf(readAt, media) === 'vide' && timescaleOf(readAt, media) === 0) return true;
    return false;
  });
}

function within(readAt: ReadAt, type: string, { at, content, bytes }: Omit<Box, 'type'>): Box[] {
  return [...boxes(readAt, content, at + bytes)].filter((box) => box.type === type);
}

function handlerOf(readAt: ReadAt, media: Box): string | undefined {
  const [handler] = within(readAt, 'hdlr', media);
  return handler && readAt(handler.content + 8, 4).toString('latin1');
}

/** Behind the times of creation and change, whose width goes by the box's version. */
function timescaleOf(readAt: ReadAt, media: Box): number | undefined {
  const [header] = within(readAt, 'mdhd', media);
  if (header === undefined) return undefined;
  const bytes = readAt(header.content, 24);
  return bytes.length < 24 ? undefined : bytes.readUInt32BE(bytes[0] === 1 ? 20 : 12);
}
