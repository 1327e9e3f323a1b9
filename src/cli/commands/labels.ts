import type { Command } from 'commander';
import type { LabelNode, LabelTree } from '../../model/index.ts';
import type { FlagsOf } from '../../options/commands.ts';
import { visible } from '../../text/visible.ts';
import { print } from '../terminal/print.ts';
import { addOptions } from './add-options.ts';

export function addLabels(program: Command): void {
  addOptions(
    program
      .command('labels')
      .description('list the classes a model knows, a group as a tree (heatbox labels bird), or what matches a query')
      .argument('[query...]', 'a group, words, a WordNet id or a class index'),
    'labels',
  ).action(async (query: string[], options: FlagsOf<'labels'>) => {
    const { loadModel, matchLabel, searchLabels } = await import('../../model/index.ts');
    const { labels, tree } = await loadModel(options.model);
    const text = query.join(' ');
    const branches = options.tree && text === '' ? rootsOf(tree) : branchesOf(tree, text);
    if (branches.length > 0) {
      await printLines(
        branches.flatMap((branch) => (options.json ? [JSON.stringify(plain(branch))] : linesOf(branch))),
      );
      return;
    }
    const found = query.length === 0 ? labels : searchLabels(labels, text);
    // Says which names are near, or how far the indices go.
    if (found.length === 0) matchLabel(labels, text);
    await printLines(
      options.json
        ? found.map((label) => JSON.stringify(label))
        : found.map(({ index, wnid, names }) => `${String(index).padStart(4)}  ${wnid}  ${names.join(', ')}`),
    );
  });
}

/** The synsets of that name or WordNet id. */
function branchesOf({ synsets }: LabelTree, text: string): readonly LabelNode[] {
  const wanted = text.toLowerCase().replaceAll('_', ' ').trim();
  return synsets.filter(({ wnid, names }) => wnid === wanted || names.some((name) => name.toLowerCase() === wanted));
}

function rootsOf({ synsets, leaves }: LabelTree): readonly LabelNode[] {
  return [...synsets, ...leaves].filter(({ parents }) => parents.length === 0);
}

/** A branch as lines: a class by its index, a synset by its id and how many classes it has. */
function linesOf(branch: LabelNode, depth = 0): string[] {
  const { isClass, classes, wnid, names, children } = branch;
  const indent = '  '.repeat(depth);
  if (isClass) return [`${indent}${names.join(', ')} (${classes[0]})`];
  const counted = `${classes.length} ${classes.length === 1 ? 'class' : 'classes'}`;
  return [`${indent}${names.join(', ')} [${wnid}, ${counted}]`, ...children.flatMap((one) => linesOf(one, depth + 1))];
}

function plain({ wnid, name, names, classes, children, isClass }: LabelNode): object {
  return isClass
    ? { wnid, name, names, index: classes[0] }
    : { wnid, name, names, classes, children: children.map(plain) };
}

function printLines(lines: readonly string[]): Promise<void> {
  return print(lines.map((line) => `${visible(line)}\n`).join(''));
}
