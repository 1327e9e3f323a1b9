import { errorPage } from './error-page.ts';

/** The pages that are made from the code, by their paths from the root: `npm run docs` writes them. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([['docs/errors.md', errorPage()]]);
}
