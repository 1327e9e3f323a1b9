/** The pages made from the code are up to date; `npm run docs` runs this test to write them. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generatedPages } from '../../scripts/docs/pages.ts';
import { packageRoot } from '../../src/files/package-root.ts';

it.each([...generatedPages()])('%s is what the code says', async (path, text) => {
  await expect(text, 'run npm run docs').toMatchFileSnapshot(join(packageRoot(), path));
});
