import { defineConfig } from 'vitest/config';

/** Tests that need dist/, a browser, or more than a few seconds. By name, so that they may move between folders. */
const whole = [
  'e2e/**/*',
  'docs/**/*',
  // These start what was built: threads and processes.
  ...[
    'annotate-file',
    'chapters',
    'choose-frames',
    'consume',
    'demuxers',
    'int8',
    'live-source',
    'model-input',
    'onnx-session',
  ],
  ...['pooled-engine', 'quantise-model', 'quick-start', 'refine', 'teardown', 'tfjs', 'webgpu'],
  // A browser.
  ...['browser', 'page', 'page-layout', 'player', 'player-late'],
  // Whole networks, floods and stalls.
  ...['download', 'endurance', 'fuzz', 'half-precision', 'heads', 'light-models', 'mobilenet-edgetpu', 'parity'],
  ...['pull-model', 'refinable'],
  'server/events',
].map((name) => `test/**/${name}.test.ts`);

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: whole,
          testTimeout: 5_000,
          hookTimeout: 10_000,
          // Loading the modules anew for each file would take longer than the tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'whole', include: whole, testTimeout: 60_000, hookTimeout: 60_000 } },
    ],
  },
});
