/** Finding, fetching and checking the engines: PJRT plugins and the TensorFlow add-on. */
export { findPlugin, openPlugin } from './find-plugin.js';
export { installPlugin } from './install-plugin.js';
export type { InstallOptions, InstallProgress, InstallResult } from './install-plugin.js';
export { knownPlugin, knownPlugins } from './known-plugins.js';
export type { Build, FolderBuild, KnownPlugin, WheelBuild } from './known-plugins.js';
export { listPlugins } from './list-plugins.js';
export type { FoundPlugin, PluginListing, PluginSource } from './list-plugins.js';
export { cacheFolder } from './machine.js';
export type { Machine } from './machine.js';
