import { table } from './option.ts';

/** A stream of watch or serve. */
export const streamOptions = table({
  name: { type: 'text', words: 'what clients call the stream' },
  source: {
    type: 'text',
    words: 'a file, rtsp://, rtmp://, http(s)://, webcam:, screen: or test:; files are relative to the configuration',
  },
  transport: {
    type: 'choice',
    flag: 'rtspTransport',
    of: ['tcp', 'udp'],
    default: 'tcp',
    words: 'how RTSP brings its packets: tcp or udp',
  },
  policy: {
    type: 'choice',
    of: ['latest', 'lossless'],
    default: 'latest',
    words: 'when the network is busy: leave frames out (latest), or let the source wait (lossless; files only)',
  },
  loop: { type: 'switch', default: false, words: 'restart files at their end' },
});

/** What watch does beside. */
export const watchOptions = table({
  open: { type: 'switch', words: 'open the page in the browser' },
  record: {
    type: 'text',
    form: 'file.mp4',
    words:
      'keep an annotated recording, playable up to its last second whatever happens; a source that comes back starts the next file, NAME-2.mp4',
  },
});
