export { checkPlugin, families } from './families.js';
export type { Family, PluginFamilies } from './families.js';
export { hashPlugin, loadPlugin, registerPlugins } from './load-plugin.js';
export type { LoadedPlugins, PluginModule } from './load-plugin.js';
export { nearest } from './nearest.js';
export { createRegistry } from './registry.js';
export type { Registry } from './registry.js';
