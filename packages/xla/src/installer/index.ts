/** Finding, fetching and checking the engines: PJRT plugins and the TensorFlow add-on. */
export { doctor } from './doctor.js';
export type { DoctorCheck } from './doctor.js';
export { findPlugin, loadFound, openPlugin } from './find-plugin.js';
export { installPlugin } from './install-plugin.js';
export type { InstallProgress } from './download-wheel.js';
export type { InstallOptions, InstallResult } from './install-plugin.js';
export { knownPlugin, knownPlugins } from './known-plugins.js';
export type { Build, FolderBuild, KnownPlugin, WheelBuild } from './known-plugins.js';
export { listPlugins } from './list-plugins.js';
export type { FoundPlugin, PluginListing, PluginSource } from './list-plugins.js';
export { cacheFolder } from './machine.js';
export type { Machine } from './machine.js';
export { findTensorflow, installTensorflow } from './tensorflow.js';
