import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LineCounter } from 'yaml';
import { HeatboxError } from '../error.ts';
import { redact } from '../text/redact.ts';
import { type ConfigProblem, problemsOf } from './problems.ts';
import { readYaml } from './read-yaml.ts';
import { type Config, configSchema } from './schema.ts';
import { substitute } from './substitute.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type ParsedConfig = { readonly config: Config } | { readonly problems: readonly ConfigProblem[] };

/** Reads a configuration from its text and says all that is wrong with it. Paths stay as they are written. */
export function parseConfig(text: string, environment: Environment): ParsedConfig {
  const yaml = readYaml(text);
  if ('problems' in yaml) return yaml;
  const { document, lines } = yaml;
  const missing = substitute(document, environment);
  if (missing.length > 0) {
    return {
      problems: missing.map(({ name, offset }) =>
        at(lines, offset, '', `needs the environment variable ${name}, which is not set`),
      ),
    };
  }
  const result = configSchema.safeParse(document.toJS() ?? {});
  if (result.success) return { config: result.data };
  return { problems: problemsOf(result.error, configSchema, document, lines) };
}

/**
 * Loads a configuration file; its relative paths become absolute, seen from the file's folder.
 *
 * @throws HeatboxError `CONFIG_UNREADABLE`, `CONFIG_INVALID` (the problems as `value`)
 */
export async function loadConfig(path: string, environment: Environment): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new HeatboxError('CONFIG_UNREADABLE', `cannot read the configuration ${path}: ${cause.code}`, {
      kind: 'usage',
      value: path,
      cause,
      hint: 'Give the path of a YAML file; `heatbox config schema` says what may be in it.',
    });
  });
  const parsed = parseConfig(text, environment);
  if ('config' in parsed) return absolute(parsed.config, dirname(resolve(path)));
  const [first, ...others] = parsed.problems as [ConfigProblem, ...ConfigProblem[]];
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  throw new HeatboxError('CONFIG_INVALID', `${describeProblem(path, first)}${more}`, {
    kind: 'usage',
    value: parsed.problems,
    hint: `\`heatbox config check ${path}\` shows everything that is wrong.`,
  });
}

/** A problem on one line, as compilers print them: `file:line:column: path message`. */
export function describeProblem(file: string, { line, column, path, message }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return redact([`${place}:`, path, message].filter(Boolean).join(' '));
}

function at(lines: LineCounter, offset: number, path: string, message: string): ConfigProblem {
  const { line, col } = lines.linePos(offset);
  return { line, column: col, path, message };
}

/** Something in front of a colon that is not a Windows drive: a URL or a device. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

function absolute(config: Config, folder: string): Config {
  const { log, server, streams, model } = config;
  const { tls } = server;
  return {
    ...config,
    model: /[/\\]/.test(model) ? resolve(folder, model) : model,
    log: { ...log, ...(log.folder !== undefined && { folder: resolve(folder, log.folder) }) },
    server: { ...server, ...(tls && { tls: { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) } }) },
    streams: streams.map((stream) =>
      SCHEME.test(stream.source) ? stream : { ...stream, source: resolve(folder, stream.source) },
    ),
  };
}
