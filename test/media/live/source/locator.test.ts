import { describe, expect, it } from 'vitest';
import { locate } from '../../../../src/media/live/source/locate.ts';

const protocols = (input: string) => locate(input).options.protocol_whitelist?.split(',');

describe('locate', () => {
  it('lets a source use the protocols of its kind alone', () => {
    expect(protocols('clip.mp4')).toEqual(['file']);
    expect(protocols('list.m3u8')).toEqual(['file']);
    for (const url of ['http://a/x.m3u8', 'https://a/x.m3u8', 'rtsp://a/1', 'rtsps://a/1', 'rtmp://a/b', 'rtmps://a/b'])
      expect(protocols(url)).not.toContain('file');
    expect(protocols('http://a/x.m3u8')).not.toContain('rtsp');
    expect(protocols('rtsp://a/1')).not.toContain('http');
  });

  it('gives every wait on the network an end', () => {
    expect(locate('rtsp://a/1').options.timeout).toMatch(/^\d+$/);
    for (const url of ['http://a/1', 'rtmp://a/b']) expect(locate(url).options.rw_timeout).toMatch(/^\d+$/);
  });

  it('takes RTSP over TCP unless told otherwise', () => {
    expect(locate('rtsp://a/1').options.rtsp_transport).toBe('tcp');
    expect(locate('rtsp://a/1', 'udp').options.rtsp_transport).toBe('udp');
  });

  it('makes a test pattern of the size and rate asked for', () => {
    expect(locate('test:')).toMatchObject({ kind: 'test', format: 'lavfi', url: 'testsrc2=size=1280x720:rate=25' });
    expect(locate('test:320x240@10').url).toBe('testsrc2=size=320x240:rate=10');
    // Nothing but numbers gets into the filter.
    expect(() => locate('test:movie=/etc/passwd')).toThrow('"test:movie=/etc/passwd" is no test pattern');
  });

  it('refuses other schemes and options that it does not know, and says what it knows', () => {
    expect(() => locate('concat:a|b')).toThrow('"concat:" is no kind of source');
    expect(() => locate('screen::0?fps=fast')).toThrow('screen: does not take "fps=fast"');
    expect(() => locate('screen::0?speed=2')).toThrow(expect.objectContaining({ hint: 'It takes size, fps.' }));
  });

  it('passes the options of a screen on', () => {
    const { url, options } = locate('screen::0.0?size=640x480&fps=5');
    expect({ url, options }).toEqual({ url: ':0.0', options: { framerate: '5', video_size: '640x480' } });
  });

  it.runIf(process.platform === 'linux')('says which cameras there are where the one asked for is not', () => {
    expect(() => locate('webcam:/dev/video99')).toThrow(
      expect.objectContaining({
        code: 'WEBCAM_ABSENT',
        message: 'there is no camera "/dev/video99"',
        hint: expect.stringMatching(/^Cameras here: |^No camera is connected/),
      }),
    );
  });
});
