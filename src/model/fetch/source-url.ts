import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HeatboxError } from '../../error.ts';
import type { Source } from '../files/registry.ts';

/**
 * Where a source is. A package of npm is looked for where the user's npm fetches packages, be it a mirror.
 *
 * @throws HeatboxError `FETCH_NO_REGISTRY` where there is no npm to ask.
 */
export async function sourceUrl(source: Source, env: NodeJS.ProcessEnv = process.env): Promise<URL> {
  if ('url' in source) return new URL(source.url);
  const registry = env.npm_config_registry ?? env.NPM_CONFIG_REGISTRY ?? (await configuredRegistry());
  const base = registry.endsWith('/') ? registry : `${registry}/`;
  return new URL(`${source.npm}/-/${source.npm.split('/').at(-1)}-${source.version}.tgz`, base);
}

async function configuredRegistry(): Promise<string> {
  try {
    // A shell on Windows, where npm is a script.
    const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry'], {
      shell: process.platform === 'win32',
    });
    return new URL(stdout.trim()).href;
  } catch (cause) {
    throw new HeatboxError('FETCH_NO_REGISTRY', 'npm could not be asked where it fetches packages', {
      hint: 'Set the environment variable npm_config_registry to the URL of a package registry.',
      cause,
    });
  }
}
