import { Filter, type FilterContext, type FilterGraph } from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import { check } from './av.ts';

/**
 * Links filters one after another and configures the graph. node-av's graph parser is left aside: it frees the lists that
 * it is given, and their wrappers free them again.
 *
 * @param source - An initialised buffer source of the graph.
 * @param filters - Each as `name=arguments`, in order.
 * @param sinkName - `buffersink` or `abuffersink`.
 * @returns the sink.
 */
export function linkChain(
  graph: FilterGraph,
  source: FilterContext,
  filters: readonly string[],
  sinkName: string,
): FilterContext {
  let last = source;
  for (const [position, description] of [...filters, sinkName].entries()) {
    const [name, args] = splitOnce(description, '=');
    const filter = Filter.getByName(name);
    const context = filter && graph.createFilter(filter, `${name}${position}`, args ?? null);
    if (!context) throw new HeatboxError('FFMPEG', `could not make the filter "${description}"`);
    check(last.link(0, context, 0), `link the filter "${description}"`);
    last = context;
  }
  check(graph.configSync(), `configure the filters "${filters.join(',')}"`);
  return last;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
