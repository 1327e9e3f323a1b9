/**
 * `tracker.js`: what following costs beside one run of the network a frame, on the sample. Prints three lines. Called by
 * `npm run bench`.
 */
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { OUTLINED_THRESHOLD } from '../../src/cam/accuracy.ts';
import { localiseMaps } from '../../src/cam/localise-maps.ts';
import { smoothProbabilities } from '../../src/cam/smooth-probabilities.ts';
import { softmax } from '../../src/cam/softmax.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { openEngine } from '../../src/inference/open-engine.ts';
import { openOnnx } from '../../src/inference/sessions/open-onnx.ts';
import { openSource } from '../../src/media/source.ts';
import { chooseInputSize, createNamer, loadModel, plainNames } from '../../src/model/index.ts';
import { mapsOverTime } from '../../src/motion/maps-over-time.ts';
import { recentPictures } from '../../src/motion/recent.ts';
import { consume } from '../../src/operators/consume.ts';
import { lookAhead } from '../../src/track/hindsight/look-ahead.ts';
import { createTracker } from '../../src/track/tracker.ts';

const WARM_UP = 20;

const model = await loadModel(undefined, { open: openOnnx });
const source = await openSource({ input: join(packageRoot(), 'samples', 'cockatoo.mp4'), duration: 8 });
const { display } = source.info.video;
const grid = chooseInputSize(display, model);
const engine = await openEngine(model);
const namer = createNamer(plainNames(model.tree));
const smooth = smoothProbabilities();
const pairUp = recentPictures();
const overTime = mapsOverTime();
const tracker = createTracker({ namer });
const ahead = lookAhead();
const spent = { network: 0, maps: 0, tracker: 0 };
let frames = 0;

function clocked<T>(stage: keyof typeof spent, work: () => T): T {
  const began = performance.now();
  const result = work();
  if (frames > WARM_UP) spent[stage] += performance.now() - began;
  return result;
}

await lastValueFrom(
  source.frames({ inputSize: grid }).pipe(
    consume(async ({ input, pts }) => {
      frames++;
      const began = performance.now();
      const [maps] = await engine.run([input!]);
      if (frames > WARM_UP) spent.network += performance.now() - began;
      const localisations = clocked('maps', () => {
        const probabilities = smooth(softmax(maps!.logits), pts);
        const improved = overTime(pts, pairUp(input!, pts));
        const options = { display, grid, namer, probabilities, overTime: improved, topK: 1, minScore: 0.1 };
        return localiseMaps(maps!, { ...options, threshold: OUTLINED_THRESHOLD });
      });
      clocked('tracker', () => {
        ahead.add({ seen: true, pts, tracks: tracker.update({ pts, display, localisations }) });
        ahead.tell(pts, display);
      });
    }),
  ),
);
await source.close();
await engine.close();

const line = (name: string, total: number) => {
  const share = ((100 * total) / spent.network).toFixed(1);
  process.stdout.write(`  ${name.padEnd(46)} ${(total / (frames - WARM_UP)).toFixed(2)} ms, ${share} %\n`);
};
process.stdout.write('\na frame at --accuracy fast, beside one run of the network\n');
line('network, one frame a run', spent.network);
line('maps: refined, motion, over time, regions', spent.maps);
line('tracker, with hindsight', spent.tracker);
