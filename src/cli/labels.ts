import type { Command } from 'commander';

export function addLabels(program: Command): void {
  program
    .command('labels')
    .description('list the classes a model knows, or those that match a query')
    .argument('[query...]', 'words, a WordNet id or a class index')
    .option('--model <name|dir>', 'model')
    .option('--json', 'print JSON')
    .option('--verbose', 'show the causes of an error')
    .action(async (query: string[], options: { model?: string; json?: boolean }) => {
      const { loadModel, matchLabel, searchLabels } = await import('../model/index.ts');
      const { labels } = await loadModel(options.model);
      const found = query.length === 0 ? labels : searchLabels(labels, query.join(' '));
      // Says which names are near.
      if (found.length === 0) matchLabel(labels, query.join(' '));
      const lines = options.json
        ? found.map((label) => JSON.stringify(label))
        : found.map(({ index, wnid, names }) => `${String(index).padStart(4)}  ${wnid}  ${names.join(', ')}`);
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    });
}
