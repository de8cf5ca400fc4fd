import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the place of the cache depends on; tests pass others. */
export interface CacheMachine {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

/** Where downloads are kept: `BASINLAB_CACHE`, or the platform's folder for caches. */
export function cacheFolder({ env, platform }: CacheMachine = process): string {
  if (env.BASINLAB_CACHE) return env.BASINLAB_CACHE;
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'basinlab', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'basinlab');
  return join(env.XDG_CACHE_HOME ?? join(home, '.cache'), 'basinlab');
}

/** Where data sets are kept, each in a folder of its own: `BASINLAB_DATA`, or `datasets` of the cache folder. */
export const dataFolder = (machine: CacheMachine = process): string => machine.env.BASINLAB_DATA || join(cacheFolder(machine), 'datasets');
