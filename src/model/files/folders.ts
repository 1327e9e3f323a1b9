import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where the user's models are: `$XDG_DATA_HOME/heatbox/models`, by default `~/.local/share/heatbox/models`. */
export function userModels(env: NodeJS.ProcessEnv = process.env): string {
  return join(base(env.XDG_DATA_HOME, '.local/share'), 'heatbox', 'models');
}

/** Where downloads and networks rewritten on the way are kept: `$XDG_CACHE_HOME/heatbox`, by default `~/.cache/heatbox`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(base(env.XDG_CACHE_HOME, '.cache'), 'heatbox');
}

/** The XDG rules say that a relative path is to be ignored. */
function base(setting: string | undefined, otherwise: string): string {
  return setting !== undefined && isAbsolute(setting) ? setting : join(homedir(), otherwise);
}
