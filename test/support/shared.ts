import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root.ts';

/**
 * Returns the path of evaluation material beside the repository, or undefined, with the reason printed, if it is not there.
 * It may not be copied into the repository, so a test that needs it is skipped in any other clone, also in CI.
 */
export function evaluationMaterial(path: string): string | undefined {
  const places = ['../shared', '../../shared'].map((folder) => join(packageRoot(), folder, path));
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    process.stderr.write(`skipped: tests that need ${places[0]}, which is not part of the repository\n`);
  return found;
}
