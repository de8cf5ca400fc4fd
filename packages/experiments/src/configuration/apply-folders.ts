import type { Configuration } from './find-configuration.js';

/**
 * Lets the folders of a configuration count in this process and those that it starts, by the variables that name them; one that is set already stays.
 * Returns what takes them back.
 */
export function applyFolders({ data, cache }: Pick<Configuration, 'data' | 'cache'>): () => void {
  const set = Object.entries({ BASINLAB_DATA: data, BASINLAB_CACHE: cache }).filter(
    ([name, folder]) => folder !== undefined && (process.env[name] ?? '') === '',
  );
  for (const [name, folder] of set) process.env[name] = folder;
  return () => {
    for (const [name] of set) Reflect.deleteProperty(process.env, name);
  };
}
