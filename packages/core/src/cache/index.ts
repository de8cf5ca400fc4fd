export { cacheFolder, dataFolder } from './cache-folder.js';
export type { CacheMachine } from './cache-folder.js';
