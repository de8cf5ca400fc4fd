import { accessSync, constants, mkdirSync } from 'node:fs';
import { BasinlabError } from '@basinlab/tensor';

export { cacheFolder } from '@basinlab/tensor/cache';

/** What the installer needs to know of the machine; tests pass others. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** The machine this runs on. */
export const thisMachine: Machine = { env: process.env, platform: process.platform, arch: process.arch };

/** Such as `linux-x64`: the key of a build. */
export const platformKey = ({ platform, arch }: Machine): string => `${platform}-${arch}`;

/** Makes `folder` inside the cache; says what to do where that is not allowed. */
export function writableFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BasinlabError('engine', 'a cache folder that can be written', reason, {
      remedy: 'Set BASINLAB_CACHE to a folder of your own',
      cause,
    });
  }
}
