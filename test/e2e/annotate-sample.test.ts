import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/files/package-root.ts';
import { runLineSchema } from '../../src/protocol/run-file.ts';
import { framePts, missing, packetHash, run, streamsOf } from '../support/tools.ts';

describe.skipIf(missing('ffprobe', '-version'))('heatbox annotate on the sample', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatbox-sample-'));
  const source = join(packageRoot(), 'samples', 'cockatoo.mp4');
  const output = join(folder, 'cockatoo.annotated.mp4');
  const json = join(folder, 'cockatoo.ndjson');
  beforeAll(() => {
    run(
      process.execPath,
      join(packageRoot(), 'dist/src/cli/main.js'),
      'annotate',
      source,
      '-o',
      output,
      '--json',
      json,
      '--quiet',
    );
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('keeps every frame at its own time', () => {
    expect(framePts(source)).toHaveLength(280);
    expect(framePts(output)).toEqual(framePts(source));
    expect(streamsOf(output)[0]?.time_base).toBe(streamsOf(source)[0]?.time_base);
  });

  it('makes H.264 that plays everywhere', () => {
    expect(streamsOf(output)[0]).toMatchObject({ codec_name: 'h264', pix_fmt: 'yuv420p', width: 1280, height: 720 });
  });

  it('copies the sound bit for bit', () => {
    expect(packetHash(output, 'a')).toBe(packetHash(source, 'a'));
  });

  it('follows the bird under one id through nine tenths of the clip, and names it as a bird', () => {
    const lines = readFileSync(json, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => runLineSchema.parse(JSON.parse(line)));
    const frames = lines.filter((line) => line.type === 'frame');
    const labelsOf = new Map<number, string[]>();
    for (const { id, label, state } of frames.flatMap(({ tracks }) => tracks)) {
      if (state === 'confirmed') labelsOf.set(id, [...(labelsOf.get(id) ?? []), label]);
    }
    const [longest = []] = [...labelsOf.values()].sort((a, b) => b.length - a.length);
    expect(frames).toHaveLength(280);
    expect(longest.length).toBeGreaterThanOrEqual(252);
    const birds = longest.filter((label) => /^bird$|parrot|cockatoo/.test(label));
    expect(birds.length).toBeGreaterThanOrEqual(0.9 * longest.length);
  });
});
