import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { heatbox, scratch } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const work = scratch();
afterAll(work.remove);

let model: string;

/** A grey picture of 96×96 with a square of one colour. */
function picture(name: string, colour: string, [x, y, side]: readonly [number, number, number]): void {
  const context = createCanvas(96, 96).getContext('2d');
  context.fillStyle = 'rgb(90, 90, 90)';
  context.fillRect(0, 0, 96, 96);
  context.fillStyle = colour;
  context.fillRect(x, y, side, side);
  writeFileSync(work.path(name), context.canvas.toBuffer('image/png'));
}

beforeAll(() => {
  model = writeTinyModel(work.path('tiny'));
  picture('a.png', 'rgb(255, 0, 0)', [8, 8, 40]);
  picture('b.png', 'rgb(0, 255, 0)', [48, 40, 40]);
  picture('c.png', 'rgb(0, 0, 255)', [16, 40, 48]);
  // The third one is called grey, though it is not.
  const rows = ['a.png,0,8,8,48,48,96,96', 'b.png,1,48,40,88,80,96,96', 'c.png,3,16,40,64,88,96,96'];
  writeFileSync(work.path('boxes.csv'), `file,class_index,x0,y0,x1,y1,image_w,image_h\n${rows.join('\n')}\n`);
});

describe('heatbox evaluate', () => {
  it('measures images, beside the centred box, and shows the worst', async () => {
    const { code, stdout, stderr } = await heatbox([
      'evaluate',
      ...['--images', work.dir, '--boxes', work.path('boxes.csv'), '--model', model],
      ...['--json', work.path('report.json'), '--worst', work.path('worst.png'), '--per-class'],
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/class activation maps +66\.7 /);
    expect(stdout).toMatch(/centred box +\d/);
    expect(stdout).toContain('3 images; top-1 66.7, top-5 100.0, top-1 localisation 66.7');
    expect(stdout.split('\n').find((line) => line.includes('grey'))).toMatch(/grey \(3\) +1 +0 +0 /);
    const report = JSON.parse(readFileSync(work.path('report.json'), 'utf8'));
    expect(report).toMatchObject({ images: 3, overlaps: [{ file: 'c.png' }, {}, {}] });
    expect(await loadImage(work.path('worst.png'))).toMatchObject({ width: 3 * 224, height: 224 });
  });

  it('knows classes by their WordNet ids, whatever their numbers are in another network', async () => {
    // As a list made for a network without the background that this one might have.
    const rows = ['a.png,7,c0,8,8,48,48,96,96', 'b.png,0,c1,48,40,88,80,96,96', 'c.png,1,c2,16,40,64,88,96,96'];
    writeFileSync(work.path('ids.csv'), `file,class_index,wnid,x0,y0,x1,y1,image_w,image_h\n${rows.join('\n')}\n`);
    const { stdout } = await heatbox([
      ...['evaluate', '--images', work.dir, '--boxes', work.path('ids.csv'), '--model', model],
    ]);
    expect(stdout).toContain('3 images; top-1 100.0');
  });

  it('measures clips, each frame or some, from both sides or live', async () => {
    mkdirSync(work.path('clips/gt'), { recursive: true });
    await command(
      'ffmpeg',
      ...['-v', 'error', '-y', '-loop', '1', '-framerate', '10', '-i', work.path('a.png'), '-frames:v', '5'],
      ...['-pix_fmt', 'yuv420p', '-c:v', 'libx264', work.path('clips/square.mp4')],
    );
    writeFileSync(work.path('clips/classes.csv'), 'clip,acceptable_class_indices\nsquare,0\n');
    const rows = [0, 1, 2, 3, 4].map((frame) => `${frame},8,8,48,48\n`);
    writeFileSync(work.path('clips/gt/square.csv'), `frame,x0,y0,x1,y1\n${rows.join('')}`);
    const run = (...more: string[]) =>
      heatbox(['evaluate', '--video', work.path('clips'), '--model', model, '--json', '-', ...more]);
    for (const { code, stdout } of [await run(), await run('--stride', '2', '--live', '--threshold', '0.4')]) {
      expect(code).toBe(0);
      const { clips, mean } = JSON.parse(stdout);
      expect(clips).toMatchObject([{ clip: 'square', frames: 5 }]);
      expect(mean.trackBoxes).toMatchObject({ corLoc: 100, idSwitches: 0 });
      expect(mean.labels).toEqual({ right: 100, changes: 0 });
      expect(mean.trackBoxes.meanIou).toBeGreaterThan(mean.centred.meanIou);
    }
  });

  it('says what is missing', async () => {
    const alone = await heatbox(['evaluate', '--images', work.dir]);
    expect([alone.code, alone.lines]).toEqual([
      2,
      ['heatbox: BAD_USAGE: give either --images with --boxes, or --video. See heatbox evaluate --help.'],
    ]);
    const nowhere = await heatbox(['evaluate', '--images', work.dir, '--boxes', work.path('none.csv')]);
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain('FILE_UNREADABLE');
  });
});

describe('heatbox track', () => {
  it('follows MOT detections', async () => {
    const lines = Array.from({ length: 8 }, (_, frame) => `${frame + 1},-1,${10 + 2 * frame},20,30,40,0.95,-1,-1,-1\n`);
    writeFileSync(work.path('det.txt'), lines.join(''));
    const { code } = await heatbox(['track', '--detections', work.path('det.txt'), '-o', work.path('tracks.txt')]);
    expect(code).toBe(0);
    const rows = readFileSync(work.path('tracks.txt'), 'utf8').trim().split('\n');
    expect(rows.map((row) => row.split(',').slice(0, 2).map(Number))).toEqual(lines.map((_, frame) => [frame + 1, 1]));
  });
});

describe('heatbox labels', () => {
  it('shows a group as a tree', async () => {
    const { stdout } = await heatbox(['labels', 'parrot']);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'parrot [n01816887, 4 classes]',
      '  African grey, African gray, Psittacus erithacus (87)',
      '  macaw (88)',
      '  cockatoo [n01819115, 1 class]',
    ]);
  });
});
