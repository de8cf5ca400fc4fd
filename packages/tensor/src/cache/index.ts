export { cacheFolder, dataFolder } from './cache-folder.js';
export type { CacheMachine } from './cache-folder.js';
export { othersCanChange, othersCanWrite } from './others-can-write.js';
