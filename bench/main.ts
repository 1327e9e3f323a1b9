/**
 * `npm run bench [name] [-- --seed N --minutes M]`: runs a benchmark, by default `pipeline`. Each prints what it measured
 * beside what it is compared with.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Benchmark {
  readonly about: string;
  /** Run one after the other, from `dist/bench/`. */
  readonly scripts: readonly string[];
  readonly nodeOptions?: readonly string[];
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  pipeline: {
    about: "what the pipeline makes of its parts' speed at 720p and 1080p, the start, the tracker; 9 minutes",
    scripts: ['pipeline/pipeline.js'],
  },
  engines: { about: 'the same network in each engine that runs here', scripts: ['peers/engines.js'] },
  peers: { about: 'heatbox beside what one would write in its place', scripts: ['peers/peers.js'] },
  events: { about: 'what subscribers cost, slow ones among them; 2 minutes', scripts: ['events/events.js'] },
  'chaos-events': {
    about: 'kills, full disks, wrong clocks, cut links: no event is lost untold, none comes twice; 1 minute',
    scripts: ['events/chaos-events.js'],
  },
  'media-table': {
    about: 'every kind of file there is a row for in test/e2e/media-table, the rare ones too; 2 minutes',
    scripts: ['media/media-table.js'],
  },
  'fuzz-media': {
    about: 'files of 25 kinds, whole, cut and damaged, beside the ffmpeg command; 10 minutes',
    scripts: ['media/fuzz-media.js'],
  },
  latency: { about: 'from a packet to its box on the page', scripts: ['live/latency.js'] },
  passthrough: { about: "what a viewer costs the server's processes", scripts: ['live/passthrough.js'] },
  soak: {
    about: '20,000 frames and 200 restarts: memory, descriptors and threads stay flat',
    scripts: ['soak/soak.js', 'soak/soak-restarts.js'],
    nodeOptions: ['--expose-gc'],
  },
};

const [name = 'pipeline', ...options] = process.argv.slice(2);
const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
if (benchmark === undefined) {
  const list = Object.entries(BENCHMARKS).map(([known, { about }]) => `  ${known.padEnd(12)} ${about}`);
  process.stderr.write(`npm run bench [name] [-- --seed N --minutes M]\n${list.join('\n')}\n`);
  process.exitCode = name === 'help' ? 0 : 2;
} else {
  for (const script of benchmark.scripts) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const { status } = spawnSync(process.execPath, [...(benchmark.nodeOptions ?? []), path, ...options], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(status ?? 1);
  }
}
