export { cacheFolder } from './cache-folder.js';
export type { CacheMachine } from './cache-folder.js';
