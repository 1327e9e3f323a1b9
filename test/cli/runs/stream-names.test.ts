import { expect, it } from 'vitest';
import { nameSources } from '../../../src/cli/runs/stream-names.ts';
import { STREAM_NAME } from '../../../src/protocol/events.ts';

it('names sources after their host or file, each once, and never by a password', () => {
  const names = nameSources([
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
  ]).map(({ name }) => name);
  expect(names).toEqual([
    ...['door.local', '10.0.0.2', 'bird-table', 'bird-table-2', 'webcam', 'webcam-video1', 'test-640x360-25'],
    ...['stream', 'fe80-1', 'rtsp', 'gate.local'],
  ]);
  for (const name of names) expect(name).toMatch(STREAM_NAME);
});

it('takes the name in front of a source, so that two cameras of one host can be told apart', () => {
  expect(
    nameSources([
      'front=rtsp://me:a=b@nvr/1?x=1',
      'rtsp://nvr/2?name=x',
      'nvr-2=rtsp://nvr/3',
      'rtsp://nvr/4',
      'test:size=2',
    ]),
  ).toEqual([
    { name: 'front', source: 'rtsp://me:a=b@nvr/1?x=1' },
    { name: 'nvr', source: 'rtsp://nvr/2?name=x' },
    { name: 'nvr-2', source: 'rtsp://nvr/3' },
    { name: 'nvr-3', source: 'rtsp://nvr/4' },
    { name: 'test-size-2', source: 'test:size=2' },
  ]);
  expect(() => nameSources(['a=x.mp4', 'a=y.mp4'])).toThrow('Two sources are called "a"');
});
