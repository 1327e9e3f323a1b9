import { build } from 'vite';
import { expect, test } from 'vitest';
import { noBrowser, openPage } from '../events/support/chromium.ts';
import { syntheticStream } from '../events/support/synthetic.ts';
import { serve } from '../server/support/serve.ts';

/** The browser's build of the client as one script that leaves `heatbox.events` on the page. */
async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry: 'src/client/browser.ts', formats: ['iife'], name: 'heatbox' },
    },
  });
  const [{ output }] = (Array.isArray(result) ? result : [result]) as unknown as [{ output: [{ code: string }] }];
  return output[0].code;
}

test.skipIf(noBrowser)(
  'a page follows events, with a token, over a restart of the server',
  { timeout: 120_000 },
  async () => {
    const token = 'tök+en/with=signs';
    const script = await bundle();
    const page = await openPage();
    const first = await serve({ token });
    const port = Number(new URL(first.server.url).port);
    // A page of the server's own: Chromium keeps foreign ones away from local addresses.
    await page.goto(`${first.server.url}/healthz`);
    await page.evaluate(script);
    await page.evaluate(`
    window.got = [];
    window.notices = [];
    window.subscription = heatbox.events('http://127.0.0.1:${port}', {
      token: ${JSON.stringify(token)},
      from: 1,
      filters: { types: ['track.started', 'track.ended'] },
      retry: { firstMs: 50, longestMs: 100 },
      onNotice: (notice) => notices.push(notice.type),
    }).subscribe((event) => got.push([event.type, event.track.id, event.session]));
  `);
    const got = () => page.evaluate('got') as Promise<unknown[]>;
    const run = (session: string) => {
      const stream = syntheticStream({ session });
      for (let i = 0; i < 25; i++) for (const draft of stream.next()) first.log.publish(draft);
    };
    const expected = (session: string) => [
      ['track.started', 1, session],
      ['track.started', 2, session],
      ['track.started', 3, session],
      ['track.started', 4, session],
      ['track.ended', 1, session],
      ['track.ended', 2, session],
    ];
    run('s1');
    await expect.poll(got, { timeout: 20_000 }).toEqual(expected('s1'));
    await first.server.close();
    await expect.poll(() => page.evaluate('notices'), { timeout: 20_000 }).toContain('disconnected');
    run('s2');
    await serve({ token, log: first.log, port });
    await expect.poll(got, { timeout: 20_000 }).toEqual([...expected('s1'), ...expected('s2')]);
  },
);
