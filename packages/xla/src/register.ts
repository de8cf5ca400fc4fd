import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { BasinlabError, registerTransforms } from '@basinlab/tensor';
import type { Engine, EngineInfo } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Precision } from './hlo/index.js';
import { cacheFolder, findPlugin, openPlugin } from './installer/index.js';
import type { CompileOptions, NamedValue } from './pjrt/index.js';
import { createTransforms } from './transforms/index.js';
import { XlaBackend } from './backend/backend.js';
import { ProgramStore } from './backend/program-store.js';
import { registerKernels } from './backend/register-kernels.js';
import { Runtime } from './backend/runtime.js';

/** Which PJRT plugin is loaded, its devices, precision and cache of programs. */
export interface XlaOptions {
  /** Which installed plugin: `cpu`, `cuda12`, `cuda13`, ...; the best one found if absent. */
  plugin?: string;
  /** Path of a PJRT plugin, instead of an installed one. */
  library?: string;
  /**
   * Devices of the CPU plugin, which share one pool of threads: as many programs run at the same time (`Jitted.together`). Default: one per core
   * that this process may use.
   */
  deviceCount?: number;
  /** How full float32 matrix products are. Default `highest`. */
  precision?: Precision;
  /** Folder of compiled programs; null keeps none. Default: `programs` in the cache folder of the installer. */
  cacheDir?: string | null;
  /** Options of the plugin's client, such as `memory_fraction`. */
  client?: Readonly<Record<string, NamedValue>>;
  /** Options for every compilation, such as XLA flags. */
  compile?: CompileOptions;
}

const BACKEND = 'xla';

/** The backend that is registered, if any. */
let registered: XlaBackend | null = null;

/**
 * Starts a PJRT plugin and makes it the current tfjs backend `xla`, with kernels and transforms. Called again, it replaces the engine: tensors of
 * the earlier one are gone. `tf.removeBackend('xla')` ends it.
 */
export async function registerXla(options: XlaOptions = {}): Promise<EngineInfo> {
  const plugin = await openPlugin(options.library ?? options.plugin);
  if (tf.findBackendFactory(BACKEND)) tf.removeBackend(BACKEND);
  // Without a backend, since the engine was reset, nothing of the earlier one was disposed.
  if (registered !== null && !registered.runtime.client.isDestroyed) registered.runtime.dispose();
  const devices = options.deviceCount ?? (/cpu/i.test(basename(plugin.path)) ? coreCount() : undefined);
  const client = plugin.createClient({ ...(devices === undefined ? {} : { cpu_device_count: devices }), ...options.client });
  const store = options.cacheDir === null ? null : new ProgramStore(options.cacheDir ?? join(cacheFolder(), 'programs'));
  const runtime = new Runtime(client, {
    precision: options.precision ?? 'highest',
    store,
    compile: compileOptions(client.platform, options.compile),
  });
  registerKernels();
  // Asked for again after `tf.engine().reset()`, which disposes backends and keeps their factories.
  const start = (): XlaBackend => {
    const backend = new XlaBackend(runtime, () => {
      runtime.dispose();
      if (registered === backend) registered = null;
    });
    registered = backend;
    registerTransforms(BACKEND, createTransforms(backend));
    return backend;
  };
  tf.registerBackend(BACKEND, start, 10);
  await tf.setBackend(BACKEND);
  return engineInfo();
}

/** The engine for command lines: XLA on the best plugin found on this machine. */
export const xlaEngine: Engine = {
  id: BACKEND,
  summary: 'XLA on any PJRT plugin (CPU, CUDA, TPU, ...); compiled, fastest',
  status: async () => {
    const found = await findPlugin();
    if (found === null) return { available: false, detail: 'no PJRT plugin is installed: basinlab engine install cpu' };
    return { available: true, detail: `${found.id}, from ${found.source}: ${found.path}` };
  },
  start: () => registerXla(),
};

/** What a run records of the engine: plugin, versions, device, precision of matrix products. */
export function engineInfo(): EngineInfo {
  const { runtime } = current();
  const { client } = runtime;
  const { plugin, devices } = client;
  return {
    id: BACKEND,
    backend: BACKEND,
    platform: client.platform,
    details: {
      plugin: basename(plugin.path),
      pluginFingerprint: plugin.fingerprint,
      api: `${plugin.apiVersion.major}.${plugin.apiVersion.minor}`,
      platformVersion: client.platformVersion,
      device: devices[0]?.kind ?? 'none',
      devices: devices.length,
      precision: runtime.precision,
    },
  };
}

/** Sets how full float32 matrix products and convolutions are from now on; programs of either setting are kept apart. */
export function setPrecision(precision: Precision): void {
  current().runtime.precision = precision;
}

/** The client, programs and settings of the registered backend. */
export const xlaRuntime = (): Runtime => current().runtime;

function current(): XlaBackend {
  if (!registered) throw new BasinlabError('xla', 'an engine that was started', 'none', { remedy: 'Call await registerXla() first' });
  return registered;
}

/** Cores that this process may use: `PJRT_NPROC` and `NPROC` bound the threads of the CPU plugin. */
function coreCount(): number {
  const bounds = [process.env['PJRT_NPROC'], process.env['NPROC']].map(Number).filter((bound) => bound >= 1);
  return Math.min(availableParallelism(), ...bounds.map(Math.floor));
}

/** XLA's compiler for CPUs drops NaN in maxima and minima unless told not to; a loss that became NaN must stay visible. */
function compileOptions(platform: string, options: CompileOptions = {}): CompileOptions {
  if (platform !== 'cpu') return options;
  return { ...options, envOptionOverrides: { xla_cpu_enable_fast_min_max: false, ...options.envOptionOverrides } };
}
