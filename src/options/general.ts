import { table } from './option.ts';

/** What many commands take. */
export const generalOptions = table({
  json: { type: 'switch', words: 'print JSON' },
  force: { type: 'switch', words: 'replace what is there already' },
  quiet: { type: 'switch', words: 'show no progress and no summary' },
  verbose: { type: 'switch', words: 'show the causes of errors, every warning, and what FFmpeg says' },
});
