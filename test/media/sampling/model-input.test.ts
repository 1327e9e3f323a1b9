import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { openSource } from '../../support/built.ts';
import { clip } from '../../support/clips.ts';
import { missing } from '../../support/tools.ts';

it.skipIf(missing('ffmpeg', '-version'))(
  'what the network sees has a colour a pixel where the video has two',
  async () => {
    // Red up to column 222 and blue from there on, which is the edge between pixels 110 and 111 of the half.
    const edge = 'color=red:s=222x256:r=25:d=0.2[a];color=blue:s=98x256:r=25:d=0.2[b];[a][b]hstack';
    const opened = await openSource({
      input: await clip('edge.mkv', ['-filter_complex', edge, '-pix_fmt', 'yuv420p', '-c:v', 'ffv1']),
    });
    const { input } = await firstValueFrom(opened.frames({ inputSize: { width: 160, height: 128 }, stride: 1 }));
    await opened.close();
    const at = (x: number) => [...input!.data.subarray((64 * 160 + x) * 3, (64 * 160 + x) * 3 + 3)];
    const [red, , blue] = at(110);
    expect(red! - blue!).toBeGreaterThan(100);
    expect(at(111)[2]! - at(111)[0]!).toBeGreaterThan(100);
  },
);
