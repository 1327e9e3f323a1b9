import { expect, test } from 'vitest';
import { serve } from './support/serve.ts';

async function scraped(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

test('every counter of a stream is there before anything happens', async () => {
  const { server } = await serve();
  const text = await scraped(server.url);
  for (const line of [
    'heatbox_frames_decoded_total{stream="door"} 0',
    'heatbox_frames_analysed_total{stream="door"} 0',
    'heatbox_frames_dropped_total{stream="door",reason="busy"} 0',
    'heatbox_stream_restarts_total{stream="door"} 0',
    'heatbox_events_published_total{stream="door",type="track.ended"} 0',
    'heatbox_video_sent_bytes_total{stream="door"} 0',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain('reason="stride"');
});

test('a stream is up while it is live, and says in which state it is', async () => {
  const { log, server } = await serve();
  const states = async () =>
    (await scraped(server.url)).match(/^heatbox_stream_(up|state)\{.*\} .*$/gm)?.filter((line) => / 1$/.test(line));
  expect(await states()).toEqual(['heatbox_stream_state{stream="door",state="connecting"} 1']);
  const at = { stream: 'door', session: 's', pts: null, ptsUs: null, reason: null } as const;
  log.publish({ ...at, type: 'stream.state', state: 'live' });
  await log.flush();
  expect(await states()).toEqual([
    'heatbox_stream_up{stream="door"} 1',
    'heatbox_stream_state{stream="door",state="live"} 1',
  ]);
  log.publish({ ...at, type: 'stream.state', state: 'failed' });
  await log.flush();
  expect(await states()).toEqual(['heatbox_stream_state{stream="door",state="failed"} 1']);
});

test('the build and the process are told', async () => {
  const { server } = await serve();
  const text = await scraped(server.url);
  expect(text).toMatch(/^heatbox_build_info\{version="[\d.]+.*",node="v\d+.*"\} 1$/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
});
