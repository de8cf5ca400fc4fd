export { contractVersion } from './contract-version.js';
export { checkPlugin, families } from './families.js';
export type { Family, PluginFamilies, PluginModule } from './families.js';
export { hashPlugin, inspectPlugin, loadPlugin } from './load-plugin.js';
export type { LoadedPlugins, PluginFile } from './load-plugin.js';
export type { ModuleContent } from './hash-module.js';
export { nearest } from './nearest.js';
export { createRegistry } from './registry.js';
export type { Registry } from './registry.js';
