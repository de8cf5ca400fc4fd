export { contractVersion } from './contract-version.js';
export { checkPlugin, families } from './families.js';
export type { Family, PluginFamilies, PluginModule } from './families.js';
export { hashPlugin, loadPlugin } from './load-plugin.js';
export type { LoadedPlugins } from './load-plugin.js';
export { nearest } from './nearest.js';
export { createRegistry } from './registry.js';
export type { Registry } from './registry.js';
