import { AV_LOG_INFO, AV_LOG_WARNING } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { expect, it } from 'vitest';
import { descriptionMark, type LogListener, listenToLog } from '../../../src/media/frames/ffmpeg-log.ts';

function recorder(): LogListener & { lines: string[]; descriptions: (readonly string[])[] } {
  const lines: string[] = [];
  const descriptions: (readonly string[])[] = [];
  return {
    lines,
    descriptions,
    line: (_level, message) => lines.push(message),
    described: (pieces) => descriptions.push(pieces),
  };
}

it('hears every line that was written before it stops', async () => {
  const all = recorder();
  const stop = await listenToLog(1, all);
  for (let line = 0; line < 5000; line++) Log.log(AV_LOG_WARNING, `line ${line}`);
  await stop();
  expect(all.lines).toEqual(Array.from({ length: 5000 }, (_, line) => `line ${line}`));
});

it('serves several sources at once: lines to all, a description to its own', async () => {
  const [first, second] = [recorder(), recorder()];
  const [stopFirst, stopSecond] = [await listenToLog(1, first), await listenToLog(2, second)];
  Log.log(AV_LOG_WARNING, 'for both');
  Log.log(AV_LOG_INFO, descriptionMark(2, 'begin'));
  Log.log(AV_LOG_INFO, 'heatbox description 2 end');
  Log.log(AV_LOG_INFO, descriptionMark(2, 'end'));
  await stopFirst();
  Log.log(AV_LOG_WARNING, 'for the second');
  await stopSecond();
  expect(first).toMatchObject({ lines: ['for both'], descriptions: [] });
  expect(second).toMatchObject({
    lines: ['for both', 'for the second'],
    descriptions: [['heatbox description 2 end']],
  });
});

it('begins again after the last has stopped', async () => {
  const again = recorder();
  const stop = await listenToLog(3, again);
  Log.log(AV_LOG_WARNING, 'once more, from rtsp://user:secret@host/');
  await stop();
  expect(again.lines).toHaveLength(1);
  expect(again.lines[0]).not.toContain('secret');
});
