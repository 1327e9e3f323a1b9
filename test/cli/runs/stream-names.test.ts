import { expect, it } from 'vitest';
import { streamNames } from '../../../src/cli/runs/stream-names.ts';
import { STREAM_NAME } from '../../../src/protocol/events.ts';

it('names sources after their host or file, each once, and never by a password', () => {
  const names = streamNames([
    'rtsp://me:p@ss/word@door.local:554/1',
    'https://10.0.0.2/live.m3u8',
    'a/bird table.mp4',
    'b/bird table.mov',
    'webcam:',
    'webcam:/dev/video1?size=640x480',
    'test:640x360@25',
    '.mp4',
    'rtsp://[fe80::1]/1',
    'rtsp:me:secret@door.local/1',
    'rtsp://gate.local;pwd=secret/1',
  ]);
  expect(names).toEqual([
    ...['door.local', '10.0.0.2', 'bird-table', 'bird-table-2', 'webcam', 'webcam-video1', 'test-640x360-25'],
    ...['stream', 'fe80-1', 'rtsp', 'gate.local'],
  ]);
  for (const name of names) expect(name).toMatch(STREAM_NAME);
});
