import { createCanvas, loadImage } from '@napi-rs/canvas';
import { expect, test } from 'vitest';
import { drawOnJpeg } from '../../src/overlay/index.ts';

test('boxes in pixels of the frame are drawn into its smaller picture, at their place', async () => {
  const canvas = createCanvas(320, 180);
  const paint = canvas.getContext('2d');
  paint.fillStyle = '#777';
  paint.fillRect(0, 0, 320, 180);
  const jpeg = await drawOnJpeg(
    await canvas.encode('jpeg', 95),
    [{ id: 1, label: 'tabby', score: 0.5, box: [320, 240, 960, 560], state: 'confirmed' }],
    { width: 1280, height: 720 },
  );
  const image = await loadImage(jpeg);
  expect([image.width, image.height]).toEqual([320, 180]);
  const result = createCanvas(320, 180).getContext('2d');
  result.drawImage(image, 0, 0);
  const isCyan = (x: number, y: number) => {
    const [red, green, blue] = result.getImageData(x, y, 1, 1).data as unknown as [number, number, number];
    return blue - red > 60 && green - red > 60;
  };
  // The box's right and lower edges, the label above its upper left corner, and nothing inside or outside.
  expect([isCyan(239, 100), isCyan(160, 139), isCyan(83, 50)]).toEqual([true, true, true]);
  expect([isCyan(160, 100), isCyan(250, 100), isCyan(160, 160), isCyan(40, 30)]).toEqual([false, false, false, false]);
});
