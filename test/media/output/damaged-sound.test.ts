import { join } from 'node:path';
import { Packet } from 'node-av/lib';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/files/package-root.ts';
import { openInput } from '../../../src/media/input/open-input.ts';
import { openAudioTranscoder } from '../../../src/media/output/audio-transcoder.ts';
import { joined } from '../../support/clips.ts';
import { missing } from '../../support/tools.ts';

/** Transcodes the first audio track. @returns seconds of sound, and how often damage was told. */
function transcode(path: string, to: 'aac' | 'opus'): { seconds: number; damages: number } {
  const { format } = openInput(path);
  const stream = format.streams.find(({ codecpar }) => codecpar.sampleRate > 0)!;
  let damages = 0;
  let ticks = 0n;
  const transcoder = openAudioTranscoder(stream, to, () => damages++);
  const packet = new Packet();
  packet.alloc();
  const write = ({ duration }: Packet) => {
    ticks += duration;
  };
  try {
    while (format.readFrameSync(packet) >= 0) {
      if (packet.streamIndex === stream.index) transcoder.transcode(packet, write);
      packet.unref();
    }
    transcoder.transcode(null, write);
    return { seconds: (Number(ticks) * transcoder.timeBase.num) / transcoder.timeBase.den, damages };
  } finally {
    packet.free();
    transcoder.close();
    format.closeInputSync();
  }
}

describe('sound that is converted', () => {
  it.each(['aac', 'opus'] as const)('goes on to %s after damaged packets, which are told', (to) => {
    const { seconds, damages } = transcode(join(packageRoot(), 'test/fixtures/cases/alac-damaged.mov'), to);
    expect(damages).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThan(1);
  });

  it.skipIf(missing('ffmpeg', '-version'))('goes on where its channels and rate change', async () => {
    const part = (rate: number, channels: number) => [
      ...['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=1', '-f', 'lavfi', '-i', 'sine=d=1'],
      ...['-c:v', 'mpeg2video', '-c:a', 'mp2', '-ar', String(rate), '-ac', String(channels)],
    ];
    const input = await joined('sound-changes.ts', [part(44_100, 2), part(48_000, 1), part(44_100, 2)]);
    const { seconds, damages } = transcode(input, 'aac');
    expect(damages).toBe(0);
    expect(seconds).toBeGreaterThan(2.8);
  });
});
