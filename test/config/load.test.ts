import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeProblem, loadConfig, parseConfig } from '../../src/config/load.ts';
import { configJsonSchema } from '../../src/config/schema.ts';

const SMALLEST = 'streams:\n  - name: door\n    source: rtsp://camera/1\n';

function problems(text: string, environment = {}): string[] {
  const parsed = parseConfig(text, environment);
  return 'problems' in parsed ? parsed.problems.map((problem) => describeProblem('f.yaml', problem)) : [];
}

function config(text: string, environment = {}) {
  const parsed = parseConfig(text, environment);
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ message }) => message).join());
  return parsed.config;
}

async function file(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'heatbox-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'heatbox.yaml');
  await writeFile(path, text);
  return path;
}

describe('a configuration', () => {
  test('needs streams; all else has a default', () => {
    expect(config(SMALLEST)).toEqual({
      model: 'resnet50-imagenet',
      engine: { provider: 'auto', accuracy: 'fast', precision: 'auto', batch: 4, batchWaitSeconds: 0.02 },
      server: { host: '127.0.0.1', port: 8080, insecure: false, limits: {} },
      log: { memoryMegabytes: 32, retainMegabytes: 1024, retainDays: 7 },
      streams: [
        {
          name: 'door',
          source: 'rtsp://camera/1',
          transport: 'tcp',
          topK: 1,
          minScore: 0.1,
          stride: 'auto',
          policy: 'latest',
          loop: false,
        },
      ],
    });
  });

  test('takes secrets from the environment, as values that add no structure', () => {
    const text = `${SMALLEST}server:\n  host: \${TOKEN}\n  token: "\${A}.\${B}.$\${C}"\n`;
    const { server } = config(text, { TOKEN: 'a: {b: [c\n#"', A: '1', B: '2' });
    expect(server).toMatchObject({ host: 'a: {b: [c\n#"', token: `1.2.\${C}` });
  });

  test('has its relative paths seen from its own folder', async () => {
    const path = await file(
      `model: ./net\nlog: {folder: events}\nserver: {tls: {cert: c.pem, key: /k.pem}}\nstreams:\n  - {name: a, source: a.mp4}\n  - {name: b, source: 'webcam:0'}\n`,
    );
    const loaded = await loadConfig(path, {});
    const folder = join(path, '..');
    expect(loaded.model).toBe(join(folder, 'net'));
    expect(loaded.log.folder).toBe(join(folder, 'events'));
    expect(loaded.server.tls).toEqual({ cert: join(folder, 'c.pem'), key: '/k.pem' });
    expect(loaded.streams.map(({ source }) => source)).toEqual([join(folder, 'a.mp4'), 'webcam:0']);
  });

  test('says which proxies and pages a server believes, and the path it lies under', () => {
    const server = (text: string) => config(`${SMALLEST}server: ${text}\n`).server;
    const proxied = {
      origins: ['https://cam.example.org'],
      trustProxy: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
      basePath: '/heatbox',
    };
    expect(server(JSON.stringify(proxied))).toMatchObject(proxied);
    expect(server('{trustProxy: true, basePath: /a/b-c/}')).toMatchObject({ trustProxy: true, basePath: '/a/b-c/' });
  });

  test('has a JSON Schema for editors that knows every key and no other', () => {
    const schema = configJsonSchema() as { properties: object; additionalProperties: boolean; required: string[] };
    expect(Object.keys(schema.properties).sort()).toEqual(['engine', 'log', 'model', 'server', 'streams']);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(['streams']);
  });
});

describe('what is wrong is said with its place', () => {
  test.each([
    ['an unknown key', `${SMALLEST}    treshold: 0.4\n`, /^f.yaml:4:5: streams.0.treshold .*did you mean threshold\?$/],
    ['an unknown section', `sever: {}\n${SMALLEST}`, /^f.yaml:1:1: sever is not a known key; did you mean server\?$/],
    ['a key like no other', `${SMALLEST}xyz: 1\n`, /known are model, engine, server, log, streams$/],
    ['a value out of range', `${SMALLEST}server:\n  port: 70000\n`, /^f.yaml:5:3: server.port too big/],
    [
      'a wrong type',
      `${SMALLEST}    stride: often\n`,
      /^f.yaml:4:5: streams.0.stride must be a whole number from 1 to 1000, or auto/,
    ],
    ['a missing key', 'streams:\n  - name: door\n', /^f.yaml:2:5: streams.0.source is missing$/],
    ['a bad name', SMALLEST.replace('door', '../door'), /^f.yaml:2:5: streams.0.name must be 1 to 64 letters/],
    [
      'a name used twice',
      `${SMALLEST}  - {name: door, source: b}\n`,
      /^f.yaml:4:6: streams.1.name is used twice: "door"$/,
    ],
    ...[
      ['a proxy by name', 'trustProxy: [nginx]', /trustProxy.*must be an address or a network, e.g. 10.0.0.0\/8/],
      [
        'a proxy that is neither yes nor no',
        'trustProxy: some',
        /trustProxy must be true, false, or a list of addresses/,
      ],
      ['a path that is an address', 'basePath: https://host/heatbox', /basePath must look like \/heatbox/],
      ['a path without its slash', 'basePath: heatbox', /basePath must look like \/heatbox/],
      ['a path of nothing', 'basePath: /', /basePath must look like \/heatbox/],
      ['an origin without its scheme', 'origins: [cam.example.org]', /origins.0/],
    ].map(([name, text, words]) => [name, `${SMALLEST}server:\n  ${text}\n`, words] as [string, string, RegExp]),
    ['no streams', 'model: x\n', /streams is missing/],
    ['an empty file', '', /streams is missing/],
    ['a text', 'hello', /expected object/],
    ['broken YAML', 'streams:\n\t- x', /^f.yaml:2:1: is not YAML: /],
    ['a key given twice', `${SMALLEST}streams: []\n`, /^f.yaml:4:1: is not YAML: .*unique/],
    ['a variable that is not set', `${SMALLEST}model: \${NO}\n`, /^f.yaml:4:8: needs the environment variable NO/],
    [
      'a lag that memory cannot hold',
      `${SMALLEST}server: {limits: {lagBytes: 99999999}}\n`,
      /a quarter of log.memoryMegabytes/,
    ],
  ])('%s', (_, text, expected) => expect(problems(text)).toEqual([expect.stringMatching(expected)]));

  test('all of it at once', () => {
    expect(problems('streams:\n  - nam: x\n    stride: 0\nserver: {prt: 1}\n').length).toBe(5);
  });

  test('as one error when loading, with how to see the rest', async () => {
    const path = await file('streams: []\nmodel: 3\n');
    await expect(loadConfig(path, {})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      kind: 'usage',
      message: expect.stringMatching(/heatbox.yaml:2:1: model .* \(and 1 more\)$/),
      hint: expect.stringContaining('heatbox config check'),
    });
    await expect(loadConfig(`${path}.not`, {})).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  test('without the credentials of a source, whatever is wrong about it', () => {
    const secret = 'rtsp://user:p@ss/word@camera/1';
    const texts = [
      `streams:\n  - name: ${secret}\n    source: [${secret}]\n`,
      `streams:\n  - {name: a, source: "${secret}", "${secret}": 1}\n`,
      `streams: ${secret}\n`,
      `"${secret}`,
      `streams: [{name: a, source: \${S}, stride: \${S}}]`,
    ];
    for (const text of texts) {
      const found = problems(text, { S: secret });
      expect(found.length).toBeGreaterThan(0);
      expect(found.join('\n')).not.toMatch(/p@ss|word@/);
    }
  });
});

describe('a hostile configuration', () => {
  test.each([
    ['brackets', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, /nested too deep/],
    ['unclosed maps', `a: ${'{b: '.repeat(20_000)}`, /nested too deep/],
    ['dashes', `${'- '.repeat(20_000)}a`, /nested too deep/],
    ['explicit keys', `${'? '.repeat(20_000)}a`, /nested too deep/],
    ['indentation', Array.from({ length: 700 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'), /nested too deep/],
    ['size', `# ${'x'.repeat(300_000)}`, /too large/],
  ])(
    'that is nested by %s is refused before it is parsed',
    (_, text, words) => {
      const found = problems(text);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(words);
    },
    10_000,
  );

  test('with aliases of aliases is refused, and says where', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`,
    );
    expect(problems(`a0: &a0 x\n${levels.join('\n')}\n`)).toEqual([
      'f.yaml:2:10: is not YAML: its aliases stand for too much',
    ]);
    expect(problems('a: &a [*a]\n').length).toBeGreaterThan(0);
  });

  test('with tens of thousands of keys, known or not, gets a bounded answer', () => {
    const keys = Array.from({ length: 25_000 }, (_, index) => `k${index}: 1`);
    expect(problems(keys.join('\n')).length).toBeLessThanOrEqual(200);
    expect(problems(`a: {${keys.join(',')}}`).length).toBeLessThanOrEqual(200);
    expect(problems('a: 1\n'.repeat(25_000))).toHaveLength(100);
  }, 20_000);

  test('names a repeated key once, also in a map within', () => {
    expect(problems('a: {b: 1, b: 2}')).toEqual(['f.yaml:1:11: is not YAML: Map keys must be unique']);
  });

  test('shows nothing of a password that reads as an alias, a tag or a stray sign', () => {
    for (const password of [
      '*hunter22',
      '!hunter22',
      '@hunter22',
      '`hunter22',
      '&hunter22 *x',
      '"a" hunter22',
      '%hunter22',
    ])
      for (const problem of problems(`${SMALLEST}server:\n  token: ${password}\n`))
        expect(problem).not.toContain('hunter22');
  });
});
