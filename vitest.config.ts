import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const filesOf = (names: readonly string[]) => names.map((name) => `test/**/${name}.test.ts`);

/** Tests of what a page shows in time. They have the machine to themselves: a page that falls behind skips frames. */
const browser = filesOf(['page', 'page-layout', 'player', 'player-late', 'watch-browser']);

/** Tests that need dist/, or more than a few seconds. By name, so that they may move between folders. */
const whole = filesOf([
  'e2e/**/*',
  'docs/**/*',
  // These start what was built: threads and processes.
  ...[
    'announced-length',
    'annotate-file',
    'check-api',
    'chapters',
    'choose-frames',
    'consume',
    'demuxers',
    'int8',
    'live-source',
    'localise-video',
    'model-input',
    'onnx-session',
  ],
  ...['pooled-engine', 'quantise-model', 'quick-start', 'refine', 'teardown', 'tfjs', 'webgpu'],
  // Whole networks, floods and stalls.
  ...['download', 'endurance', 'fuzz', 'half-precision', 'heads', 'light-models', 'mobilenet-edgetpu', 'outline'],
  ...['parity', 'pull-model', 'refinable'],
  'browser',
  'server/events',
]);

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

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
          exclude: [...whole, ...browser],
          testTimeout: 5_000,
          hookTimeout: 10_000,
          // Loading the modules anew for each file would take longer than the tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: whole,
          exclude: browser,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          isolate: false,
          // Read once in a process: a device in software, of Chromium's, for WebGPU.
          ...(existsSync(SWIFTSHADER) ? { env: { VK_DRIVER_FILES: process.env.VK_DRIVER_FILES ?? SWIFTSHADER } } : {}),
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: browser,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
