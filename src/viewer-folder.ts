import { join } from 'node:path';
import { packageRoot } from './files/package-root.ts';

/** Where the viewer's page is built to. */
export function viewerFolder(): string {
  return join(packageRoot(), 'dist', 'web-viewer');
}
