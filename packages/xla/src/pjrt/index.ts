/** The PJRT C API: load a plugin, move arrays to its devices, compile StableHLO programs and run them. Knows nothing of TensorFlow.js. */
export { DeviceBuffer } from './buffer.js';
export { Client } from './client.js';
export { encodeCompileOptions } from './compile-options.js';
export type { CompileOptions } from './compile-options.js';
export type { Device, MemoryStats } from './device.js';
export { elementBytes } from './element-type.js';
export type { ElementType } from './element-type.js';
export { Executable } from './executable.js';
export type { ExecuteOptions, OutputSpec } from './executable.js';
export type { NamedValue } from './named-values.js';
export { PjrtError } from './pjrt-error.js';
export type { PjrtErrorCode } from './pjrt-error.js';
export { Plugin, loadPlugin } from './plugin.js';
export { endAtSecond } from './second-signal.js';
